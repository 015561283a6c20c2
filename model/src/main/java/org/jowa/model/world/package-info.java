/**
 * The world-action transformer: configuration, weights under the reference's names, and a training
 * pass with a hand-written backward pass; and the small networks beside it. No loss lives here (see
 * {@code org.jowa.model.loss}) and no token-by-token decoding (see {@code org.jowa.model.plan}).
 */
@NullMarked
package org.jowa.model.world;

import org.jspecify.annotations.NullMarked;
