/**
 * The training loop of one rank: steps, gradients summed over ranks, metrics, checkpoints and
 * resuming, for the tokenizer and for the world-action model. Starting the ranks is up to the
 * launcher; what a step computes belongs to the models and their losses.
 */
@NullMarked
package org.jowa.model.train;

import org.jspecify.annotations.NullMarked;
