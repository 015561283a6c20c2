/**
 * The order in which segments and frames are served, as functions of seed and index: no buffer, no
 * state, nothing to save for resuming. Reading the data belongs to {@code org.jowa.data.batch}.
 */
@NullMarked
package org.jowa.data.sample;

import org.jspecify.annotations.NullMarked;
