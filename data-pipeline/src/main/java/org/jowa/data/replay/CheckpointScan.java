package org.jowa.data.replay;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pass over the actions, rewards and terminals of one checkpoint (without its frames) finds.
 *
 * @param rows rows of the files
 * @param addCount rows that the run had written, null when the file is missing or not looked at
 * @param stretches the rows that this checkpoint adds to the run, in the order of play
 * @param staleRows rows that were never written, or whose file before is missing
 * @param repeatedRows rows that the checkpoint before holds already
 * @param rewardSum over the rows that it adds
 * @param startsBlack whether the first frames could be padding; true where it isn't known
 */
public record CheckpointScan(
    String game,
    int run,
    int checkpoint,
    long rows,
    @Nullable Long addCount,
    List<Stretch> stretches,
    long staleRows,
    long repeatedRows,
    double rewardSum,
    boolean startsBlack) {
  public CheckpointScan {
    stretches = List.copyOf(stretches);
  }

  /**
   * Rows of the files that follow each other in the order of play too, cut after each terminal.
   *
   * @param firstRow in the files
   * @param lengths rows of each piece; the last piece has no terminal and may have no rows
   * @param zeros rows at the start of each piece, {@value EpisodeRows#PADDING_ROWS} at most, whose
   *     action, reward and terminal are zero
   */
  public record Stretch(long firstRow, List<Integer> lengths, List<Integer> zeros) {
    public Stretch {
      lengths = List.copyOf(lengths);
      zeros = List.copyOf(zeros);
    }

    long rows() {
      return lengths.stream().mapToLong(Integer::longValue).sum();
    }
  }

  /**
   * Whether its first row is the run's first: the count says so, or, without a count, the number.
   */
  boolean beginsRun() {
    return addCount == null ? checkpoint == 0 : addCount <= freshRows();
  }

  /** Rows that this checkpoint adds to the run. */
  public long freshRows() {
    return stretches.stream().mapToLong(Stretch::rows).sum();
  }

  /** Terminals among them. */
  public int episodesEnded() {
    return stretches.stream().mapToInt(stretch -> stretch.lengths().size() - 1).sum();
  }
}
