package org.jowa.data.dataset;

/**
 * What reading all rows of a frame shard found. Steps, segments and sums count an episode as often
 * as it was drawn.
 *
 * @param shard its index in the manifest
 * @param counts of actions and rewards
 */
public record ShardCheck(
    int shard, long rows, long steps, long segments, double rewardSum, StepCounts counts) {}
