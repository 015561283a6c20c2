package org.jowa.data.dataset;

/**
 * Where a reader puts steps: arrays of a batch, all of them indexed by step.
 *
 * @param tokens 36 a step
 * @param actions as ids of the full set of 18
 * @param rewards as they stand in the log
 * @param ends 1 where the episode ended after the action
 */
@SuppressWarnings("ArrayRecordComponent")
public record StepArrays(int[] tokens, int[] actions, float[] rewards, byte[] ends) {}
