package org.jowa.data.ingest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jowa.data.dataset.Shard;
import org.jowa.data.replay.ReplayRows;
import org.jspecify.annotations.Nullable;

/**
 * What the last task of a run writes: the episodes that straddle files, put together, and the
 * held-out ones.
 *
 * @param files that the checkpoints' tasks left
 * @param lanes the lane of each shard
 * @param episodes in the order of play
 */
public record CollectPlan(
    ReplayRows rows,
    String game,
    int run,
    List<Shard> files,
    List<Integer> lanes,
    List<Collected> episodes) {
  public CollectPlan {
    files = List.copyOf(files);
    lanes = List.copyOf(lanes);
    episodes = List.copyOf(episodes);
  }

  /**
   * @param episode its place among the run's ended episodes
   * @param copies how often it counts; it is stored once
   * @param shard index into {@code lanes}
   * @param pieces its rows in the order of play
   * @param rawReturn null when the log doesn't tell
   */
  public record Collected(
      int episode, int copies, int shard, List<Piece> pieces, @Nullable Double rawReturn) {}

  /**
   * Rows of one file.
   *
   * @param file index into {@code files}
   */
  public record Piece(int file, int firstRow, int rows) {}

  /** Where the shards go. */
  List<String> paths() {
    List<String> paths = new ArrayList<>();
    for (int shard = 0; shard < lanes.size(); shard++) {
      paths.add(
          lanes.get(shard) == Shard.HELD_OUT_LANE
              ? String.format(Locale.ROOT, "frames/held-out/%s-%d-%05d.arrow", game, run, shard)
              : String.format(
                  Locale.ROOT,
                  "frames/lane-%04d/%s-%d-joined-%05d.arrow",
                  lanes.get(shard),
                  game,
                  run,
                  shard));
    }
    return paths;
  }
}
