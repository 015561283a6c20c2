package org.jowa.data.ingest;

import java.util.List;
import java.util.Locale;
import org.jowa.data.replay.Part;
import org.jowa.data.replay.ReplayRows;
import org.jspecify.annotations.Nullable;

/**
 * What the task of one checkpoint writes: the episodes that lie whole in its files go into shards
 * of the data set; parts of episodes that straddle files, and held-out episodes, go into a file of
 * their own that {@link CollectPlan} puts together. It holds all that the bytes depend on, so its
 * hash names them.
 *
 * @param fileRows rows of the files when they were scanned
 * @param lanes the lane of each shard
 * @param episodes in the order of the files
 * @param fragments in the order of the files
 */
public record UnitPlan(
    ReplayRows rows,
    String game,
    int run,
    int checkpoint,
    long fileRows,
    List<Integer> lanes,
    List<Taken> episodes,
    List<Part> fragments) {
  /** What an ingest that is under way keeps lies in this folder of the data set. */
  static final String WORK_FOLDER = "_ingest";

  public UnitPlan {
    lanes = List.copyOf(lanes);
    episodes = List.copyOf(episodes);
    fragments = List.copyOf(fragments);
  }

  /**
   * @param episode its place among the run's ended episodes
   * @param copies how often it counts; it is stored once
   * @param shard index into {@code lanes}
   * @param part its rows
   * @param rawReturn null when the log doesn't tell
   */
  public record Taken(int episode, int copies, int shard, Part part, @Nullable Double rawReturn) {}

  IngestUnit unit() {
    return new IngestUnit(game, run, checkpoint, true);
  }

  /** Where the shards go. */
  List<String> paths() {
    List<String> paths = new java.util.ArrayList<>();
    for (int shard = 0; shard < lanes.size(); shard++) {
      paths.add(
          String.format(
              Locale.ROOT,
              "frames/lane-%04d/%s-%d-%02d-%05d.arrow",
              lanes.get(shard),
              game,
              run,
              checkpoint,
              shard));
    }
    return paths;
  }

  /** Where the fragments are kept until they are put together. */
  String fragmentsPath() {
    return String.format(
        Locale.ROOT, "%s/fragments/%s-%d-%02d.arrow", WORK_FOLDER, game, run, checkpoint);
  }
}
