/**
 * The data set: Arrow shards of frames in lanes of whole episodes, and a manifest that is written
 * last. Making one from replay logs, and tokens of its frames, are elsewhere.
 */
@NullMarked
package org.jowa.data.dataset;

import org.jspecify.annotations.NullMarked;
