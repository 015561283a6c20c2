/**
 * The losses of the world-action model as sums over rows divided by counts of the whole batch, and
 * the gradients they give. The model itself lives in {@code org.jowa.model.world}, the optimizer in
 * {@code org.jowa.model.optim}.
 */
@NullMarked
package org.jowa.model.loss;

import org.jspecify.annotations.NullMarked;
