package org.jowa.data.replay;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jowa.env.game.Observation;
import org.jspecify.annotations.Nullable;

/**
 * Streams the rows of one checkpoint's files once, a block at a time and in the order of the files,
 * and checks each row: the action is in the game's minimal set and the reward is a number.
 */
final class CheckpointReader implements AutoCloseable {
  static final int FRAME_BYTES = Observation.BYTES;

  /** The public logs have a million; what is kept of a row while a log is scanned has a bound. */
  static final long MOST_ROWS = 1L << 24;

  private static final int BLOCK_ROWS = 128;
  private static final Set<String> INTEGERS =
      Set.of("|u1", "|i1", "<u2", "<i2", "<i4", "<u4", "<i8", "<u8");
  private static final Set<String> FLOATS = Set.of("<f4", "<f8");
  private static final Set<String> FLAGS = Set.of("|u1", "|i1", "|b1", "<i4", "<i8");
  private static final List<Long> FRAME_SHAPE =
      List.of((long) Observation.SIDE, (long) Observation.SIDE);

  private final ReplayLog log;
  private final int checkpoint;
  private final long rows;
  private final Columns columns;
  private final Block block;

  /** Receives blocks of rows. */
  interface BlockConsumer {
    void accept(Block block);
  }

  /** Rows that follow each other in the files. The arrays are used again for the next block. */
  @SuppressWarnings("MutablePublicArray")
  static final class Block {
    final byte[] frames;
    final int[] actions = new int[BLOCK_ROWS];
    final float[] rewards = new float[BLOCK_ROWS];
    final int[] terminals = new int[BLOCK_ROWS];
    long firstRow;
    int size;

    private Block(boolean withFrames) {
      frames = new byte[withFrames ? BLOCK_ROWS * FRAME_BYTES : 0];
    }

    /** Whether all that the log says about a row, but the frame, is zero. */
    boolean isZeroBesideFrame(int i) {
      return actions[i] == 0 && rewards[i] == 0 && terminals[i] == 0;
    }
  }

  private CheckpointReader(ReplayLog log, int checkpoint, boolean withFrames) {
    this.log = log;
    this.checkpoint = checkpoint;
    this.columns = new Columns(withFrames);
    this.rows = columns.rows();
    this.block = new Block(withFrames);
  }

  /**
   * @throws DamagedLogException when a file isn't such an array, or when the files differ in rows
   */
  static CheckpointReader open(ReplayLog log, int checkpoint, boolean withFrames) {
    return new CheckpointReader(log, checkpoint, withFrames);
  }

  long rows() {
    return rows;
  }

  /** Rows that the run had written when the checkpoint was saved; null when the file is missing. */
  @Nullable Long addCount() {
    LogFile file = addCountFile();
    if (!file.exists()) {
      return null;
    }
    try (NpyStream stream = NpyStream.openScalar(file, Set.of("<i8", "<i4"))) {
      long count = stream.readLong();
      stream.finish();
      return count;
    }
  }

  LogFile addCountFile() {
    return log.file(LogFile.addCountName(checkpoint));
  }

  /** Whether the observations start with so many frames that are all black. */
  boolean startsBlack(int frames) {
    try (NpyStream stream =
        NpyStream.open(
            log.file(LogFile.Kind.OBSERVATION, checkpoint), Set.of("|u1"), FRAME_SHAPE)) {
      if (stream.rows() < frames) {
        return false;
      }
      byte[] bytes = new byte[frames * FRAME_BYTES];
      stream.readBytes(bytes, frames);
      return Arrays.equals(bytes, new byte[bytes.length]);
    }
  }

  /**
   * Hands over rows in the order of the files; what lies between two spans is passed over.
   *
   * @param spans in the order of the files, not overlapping
   */
  void read(List<RowSpan> spans, BlockConsumer consumer) {
    long at = 0;
    for (RowSpan span : spans) {
      columns.skip(span.from() - at);
      for (long row = span.from(); row < span.to(); row += block.size) {
        block.firstRow = row;
        block.size = (int) Math.min(BLOCK_ROWS, span.to() - row);
        columns.fill(block);
        check();
        consumer.accept(block);
      }
      at = span.to();
    }
  }

  /**
   * Reads every file to its end and checksum.
   *
   * @return SHA-256 of each file as it is stored
   */
  Map<LogFile.Kind, String> finish() {
    return columns.finish();
  }

  @Override
  public void close() {
    columns.close();
  }

  private void check() {
    int actions = log.game().minimalActions().size();
    for (int i = 0; i < block.size; i++) {
      if (block.actions[i] < 0 || block.actions[i] >= actions) {
        throw columns
            .action
            .file()
            .damagedRow(
                block.firstRow + i,
                String.format(
                    Locale.ROOT,
                    "action %s is not in 0..%d, the minimal actions of the game",
                    block.actions[i] == Integer.MIN_VALUE ? "beyond 32 bits" : block.actions[i],
                    actions - 1));
      }
      if (!Float.isFinite(block.rewards[i])) {
        throw columns
            .reward
            .file()
            .damagedRow(
                block.firstRow + i, "reward " + block.rewards[i] + " is not a finite number");
      }
    }
  }

  /** The four files side by side. */
  private final class Columns implements AutoCloseable {
    private final Map<LogFile.Kind, NpyStream> open = new EnumMap<>(LogFile.Kind.class);
    private final NpyStream action;
    private final NpyStream reward;
    private final NpyStream terminal;
    private final @Nullable NpyStream observation;

    Columns(boolean frames) {
      try {
        action = open(LogFile.Kind.ACTION, INTEGERS, List.of());
        reward = open(LogFile.Kind.REWARD, FLOATS, List.of());
        terminal = open(LogFile.Kind.TERMINAL, FLAGS, List.of());
        observation = frames ? open(LogFile.Kind.OBSERVATION, Set.of("|u1"), FRAME_SHAPE) : null;
        requireEqualRows();
      } catch (RuntimeException e) {
        close();
        throw e;
      }
    }

    private NpyStream open(LogFile.Kind kind, Set<String> types, List<Long> rowShape) {
      NpyStream stream = NpyStream.open(log.file(kind, checkpoint), types, rowShape);
      open.put(kind, stream);
      return stream;
    }

    private void requireEqualRows() {
      for (NpyStream stream : open.values()) {
        if (stream.rows() != action.rows()) {
          throw stream
              .file()
              .damaged(
                  String.format(
                      Locale.ROOT,
                      "%d rows, but %s has %d",
                      stream.rows(),
                      action.file().name(),
                      action.rows()));
        }
        if (stream.rows() == 0) {
          throw stream.file().damaged("it has no rows");
        }
        if (stream.rows() > MOST_ROWS) {
          throw stream
              .file()
              .damaged(
                  String.format(
                      Locale.ROOT,
                      "%d rows in its NumPy header, at most %d are read",
                      stream.rows(),
                      MOST_ROWS));
        }
      }
    }

    long rows() {
      return action.rows();
    }

    void skip(long count) {
      open.values().forEach(stream -> stream.skip(count));
    }

    void fill(Block into) {
      action.readIntegers(into.actions, into.size);
      reward.readFloats(into.rewards, into.size);
      terminal.readIntegers(into.terminals, into.size);
      if (observation != null) {
        observation.readBytes(into.frames, into.size);
      }
    }

    Map<LogFile.Kind, String> finish() {
      Map<LogFile.Kind, String> hashes = new EnumMap<>(LogFile.Kind.class);
      open.forEach((kind, stream) -> hashes.put(kind, stream.finish()));
      return hashes;
    }

    @Override
    public void close() {
      open.values().forEach(NpyStream::close);
    }
  }
}
