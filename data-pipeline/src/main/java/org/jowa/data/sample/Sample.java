package org.jowa.data.sample;

/**
 * One place in the order of samples.
 *
 * @param lane the lane that serves it
 * @param index which segment (or frame) of that lane
 * @param epoch how often the lane was served whole before
 */
public record Sample(int lane, long index, long epoch) {}
