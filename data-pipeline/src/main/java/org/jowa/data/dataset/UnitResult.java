package org.jowa.data.dataset;

import java.util.List;
import org.jowa.data.replay.LeftOut;

/**
 * What one task wrote.
 *
 * @param shards in the order in which they were begun
 * @param episodes in the order of play; their shard is an index into {@code shards}
 * @param observationSha256 over the frames of the taken episodes, in the order of play
 */
public record UnitResult(
    String game,
    int run,
    List<Shard> shards,
    List<StoredEpisode> episodes,
    LeftOut leftOut,
    String observationSha256) {
  public UnitResult {
    shards = List.copyOf(shards);
    episodes = List.copyOf(episodes);
  }
}
