/**
 * The data set: Arrow shards of frames in lanes of whole episodes, and a manifest that is written
 * last. Making one from replay logs, and the tokens of its frames, live elsewhere.
 */
@NullMarked
package org.jowa.data.dataset;

import org.jspecify.annotations.NullMarked;
