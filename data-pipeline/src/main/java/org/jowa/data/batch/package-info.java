/**
 * Batches of token sequences and of frames, and the loaders that fill them ahead of the training
 * loop. The order comes from {@code org.jowa.data.sample}, the bytes from {@code
 * org.jowa.data.dataset}.
 */
@NullMarked
package org.jowa.data.batch;

import org.jspecify.annotations.NullMarked;
