package org.jowa.model.world;

/**
 * What, with a sample's global index, decides every dropout mask of a training step: neither the
 * number of ranks nor the micro-batch size has a part in it.
 *
 * @param seed of the run
 * @param step optimizer step, counted through both stages
 */
public record DropoutKey(long seed, long step) {}
