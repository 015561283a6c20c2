package org.jowa.data.replay;

import java.util.Arrays;

/**
 * Cuts a stream of rows at the terminals and takes the logger's padding, three all-zero rows before
 * an episode, out of it.
 */
final class EpisodeCutter {
  static final int PADDING_ROWS = 3;

  private static final byte[] BLACK = new byte[CheckpointReader.FRAME_BYTES];

  private final boolean dropPadding;
  private final EpisodeSink sink;
  private long usedRowsLeft;
  private int endedInFile;
  private long paddingRows;

  private int episode;
  private boolean atStart = true;
  private int heldBack;
  private boolean begun;
  private boolean wanted;

  EpisodeCutter(boolean dropPadding, EpisodeSink sink) {
    this.dropPadding = dropPadding;
    this.sink = sink;
  }

  /** The next file; only its first {@code usedRows} rows in the order of play are looked at. */
  void startFile(long usedRows) {
    usedRowsLeft = usedRows;
    endedInFile = 0;
  }

  int endedInFile() {
    return endedInFile;
  }

  long paddingRows() {
    return paddingRows;
  }

  void accept(CheckpointReader.Block block) {
    for (int i = 0; i < block.size && usedRowsLeft > 0; i++, usedRowsLeft--) {
      row(block, i);
    }
  }

  private void row(CheckpointReader.Block block, int i) {
    if (atStart && dropPadding && isZero(block, i)) {
      heldBack++;
      if (heldBack == PADDING_ROWS) {
        paddingRows += PADDING_ROWS;
        heldBack = 0;
        atStart = false;
      }
      return;
    }
    atStart = false;
    if (!begun) {
      wanted = sink.begin(episode);
      begun = true;
      // One or two zero rows are no padding, and being zero they can be made again.
      for (; heldBack > 0; heldBack--) {
        if (wanted) {
          sink.step(BLACK, 0, 0, 0, false);
        }
      }
    }
    boolean terminal = block.terminals[i] != 0;
    if (wanted) {
      sink.step(
          block.frames,
          i * CheckpointReader.FRAME_BYTES,
          block.actions[i],
          block.rewards[i],
          terminal);
    }
    if (terminal) {
      episode++;
      endedInFile++;
      atStart = true;
      begun = false;
    }
  }

  private static boolean isZero(CheckpointReader.Block block, int i) {
    int from = i * CheckpointReader.FRAME_BYTES;
    return block.isZeroBesideFrame(i)
        && Arrays.equals(
            block.frames,
            from,
            from + CheckpointReader.FRAME_BYTES,
            BLACK,
            0,
            CheckpointReader.FRAME_BYTES);
  }
}
