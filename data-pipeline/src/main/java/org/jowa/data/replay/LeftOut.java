package org.jowa.data.replay;

/**
 * Rows of a log that don't become steps.
 *
 * @param paddingRows all-zero rows that the logger writes before an episode, three at a time
 * @param staleRows rows never written, or whose predecessors' file is missing
 * @param repeatedRows rows that the checkpoint before holds already
 * @param unendedTailRows rows after the last terminal (of the run; with {@link
 *     ReplayRows#REFERENCE} of each file)
 */
public record LeftOut(long paddingRows, long staleRows, long repeatedRows, long unendedTailRows) {
  public static final LeftOut NOTHING = new LeftOut(0, 0, 0, 0);

  public LeftOut plus(LeftOut other) {
    return new LeftOut(
        paddingRows + other.paddingRows,
        staleRows + other.staleRows,
        repeatedRows + other.repeatedRows,
        unendedTailRows + other.unendedTailRows);
  }
}
