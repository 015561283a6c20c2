/**
 * The optimizer: AdamW over the flat buffers of {@link org.jowa.model.torch.FlatParameters}, with
 * global gradient-norm clipping. No learning-rate schedule and no training loop lives here.
 */
@NullMarked
package org.jowa.model.optim;

import org.jspecify.annotations.NullMarked;
