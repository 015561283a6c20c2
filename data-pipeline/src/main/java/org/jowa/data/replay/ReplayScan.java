package org.jowa.data.replay;

import java.util.List;

/**
 * What a pass over actions, rewards and terminals (without the frames) finds in the log of one game
 * and run.
 *
 * @param checkpoints the files in numeric order
 * @param lengths steps of every ended episode, in the order of play; where the log looks padded the
 *     padding rows are left out already, but only the frames can tell for sure
 * @param rawReturns sum of the unclipped rewards of each episode, null when the recorder left no
 *     side file or it lacks an episode
 * @param recording the side file without its episodes, null when there is none
 */
public record ReplayScan(
    String game,
    int run,
    ReplayRows rows,
    List<Checkpoint> checkpoints,
    List<Integer> lengths,
    List<Double> rawReturns,
    Recording recording) {
  public ReplayScan {
    checkpoints = List.copyOf(checkpoints);
    lengths = List.copyOf(lengths);
  }

  /**
   * @param rows rows of the files
   * @param addCount rows that the run had written, null when the file is missing
   * @param freshRows rows that this checkpoint adds to the run
   * @param usedRows how many of those belong to episodes that end: the first so many in the order
   *     of play
   * @param episodesEnded terminals among the used rows
   * @param rewardSum over the fresh rows
   */
  public record Checkpoint(
      int number,
      long rows,
      Long addCount,
      long freshRows,
      long usedRows,
      int episodesEnded,
      double rewardSum) {}

  /** Ended episodes. */
  public int episodes() {
    return lengths.size();
  }

  /** Rows of all files. */
  public long fileRows() {
    return checkpoints.stream().mapToLong(Checkpoint::rows).sum();
  }

  /** Steps of all ended episodes. */
  public long steps() {
    return lengths.stream().mapToLong(Integer::longValue).sum();
  }
}
