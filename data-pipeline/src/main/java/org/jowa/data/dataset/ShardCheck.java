package org.jowa.data.dataset;

import java.util.List;

/**
 * What reading all rows of a frame shard found. Steps, segments and sums count an episode as often
 * as it was drawn.
 *
 * @param shard its index in the manifest
 * @param actions steps with each action, by its id in the full set of 18
 * @param rewards steps with each reward, in ascending order
 */
public record ShardCheck(
    int shard,
    long rows,
    long steps,
    long segments,
    double rewardSum,
    List<Long> actions,
    List<Play.RewardCount> rewards) {}
