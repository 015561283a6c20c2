package org.jowa.data.dataset;

import org.jspecify.annotations.Nullable;

/**
 * One episode of a data set.
 *
 * @param game id
 * @param run of the log it comes from
 * @param episode its place among the run's ended episodes
 * @param lane or {@link Shard#HELD_OUT_LANE}
 * @param shard index into the manifest's shards
 * @param firstRow of the episode in its shard
 * @param length steps
 * @param copies how often it counts (sampling with replacement draws some episodes twice)
 * @param rewardSum of the rewards in the log, which are clipped
 * @param rawReturn sum of the unclipped rewards, null when the log didn't tell
 */
public record StoredEpisode(
    int game,
    int run,
    int episode,
    int lane,
    int shard,
    int firstRow,
    int length,
    int copies,
    double rewardSum,
    @Nullable Double rawReturn) {
  public boolean isHeldOut() {
    return lane == Shard.HELD_OUT_LANE;
  }
}
