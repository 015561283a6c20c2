package org.jowa.data.replay;

import java.util.Arrays;

/**
 * The rows of one episode after the other, without the logger's padding: three all-zero rows before
 * an episode.
 */
public final class EpisodeRows {
  static final int PADDING_ROWS = 3;

  private static final byte[] BLACK = new byte[CheckpointReader.FRAME_BYTES];

  private final boolean dropPadding;
  private final Sink sink;
  private long paddingRows;
  private boolean atStart;
  private int heldBack;

  /** Receives the steps of episodes. */
  public interface Sink {
    /**
     * @param frames holds the 84 x 84 bytes of the observation at {@code offset}; valid during the
     *     call
     * @param action index into the game's minimal action set
     */
    void step(byte[] frames, int offset, int action, float reward, boolean terminal);
  }

  /**
   * @param rows whether padding is dropped
   */
  public EpisodeRows(ReplayRows rows, Sink sink) {
    this.dropPadding = rows != ReplayRows.REFERENCE;
    this.sink = sink;
  }

  /** The next row starts an episode. */
  public void begin() {
    atStart = true;
    heldBack = 0;
  }

  /** The episode's next row. */
  public void row(byte[] frames, int offset, int action, float reward, boolean terminal) {
    if (atStart && dropPadding && isZero(frames, offset, action, reward, terminal)) {
      heldBack++;
      if (heldBack == PADDING_ROWS) {
        paddingRows += PADDING_ROWS;
        heldBack = 0;
        atStart = false;
      }
      return;
    }
    atStart = false;
    // One or two zero rows are no padding, and being zero they can be made again.
    for (; heldBack > 0; heldBack--) {
      sink.step(BLACK, 0, 0, 0, false);
    }
    sink.step(frames, offset, action, reward, terminal);
  }

  /** Rows dropped so far. */
  public long paddingRows() {
    return paddingRows;
  }

  private static boolean isZero(
      byte[] frames, int offset, int action, float reward, boolean terminal) {
    return action == 0
        && reward == 0
        && !terminal
        && Arrays.equals(
            frames,
            offset,
            offset + CheckpointReader.FRAME_BYTES,
            BLACK,
            0,
            CheckpointReader.FRAME_BYTES);
  }
}
