package org.jowa.data.replay;

import static java.util.Objects.requireNonNull;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.env.game.Game;
import org.jowa.error.InvalidInputException;
import org.jspecify.annotations.Nullable;

/**
 * Writes one run in the layout of the DQN-Replay logs, with {@code add_count} and {@code
 * invalid_range}, and the side file {@value Recording#FILE_NAME}. The run's folder appears whole,
 * when {@link #finish} is called. Rows are compressed as they come; the last checkpoint may hold
 * fewer rows than the others.
 */
public final class ReplayLogWriter implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 16;

  /** History and update horizon of the logger's buffer: it decides which rows are invalid. */
  private static final int INVALID_ROWS = 5;

  private static final String LOGS = "replay_logs";
  private static final String PARTIAL = ".replay_logs.partial.";

  private final String id = UUID.randomUUID().toString();
  private final Storage run;
  private final Storage partial;
  private final Recording recording;
  private final int rowsPerFile;
  private final Map<LogFile.Kind, Column> columns = new EnumMap<>(LogFile.Kind.class);
  private final List<Recording.Episode> episodes = new ArrayList<>();
  private final ByteBuffer number = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
  private long addCount;
  private int checkpoint;
  private int rows;
  private int episodeSteps;
  private double rawReturn;
  private boolean finished;

  private ReplayLogWriter(Storage run, Recording recording, int rowsPerFile) {
    this.run = run;
    this.partial = run.folder(PARTIAL + id);
    this.recording = recording;
    this.rowsPerFile = rowsPerFile;
  }

  /**
   * @param root the tree that gets {@code {Game}/{run}/replay_logs}
   * @param policy the behaviour policy's name
   * @param seed what the policy and the emulator were seeded with
   * @param stickyActions probability that the emulator repeats the action before
   * @param rowsPerFile rows of a checkpoint, 1,000,000 in the public logs
   * @throws InvalidInputException when the run has a log already
   */
  public static ReplayLogWriter create(
      Storage root,
      Game game,
      int run,
      String policy,
      long seed,
      double stickyActions,
      @Nullable String romMd5,
      int rowsPerFile) {
    if (rowsPerFile < 1) {
      throw new IllegalArgumentException("rowsPerFile " + rowsPerFile);
    }
    Storage folder = root.folder(game.name() + "/" + run);
    if (folder.exists(LOGS)) {
      throw new InvalidInputException(
          "There is a log in %s already: delete it or choose another folder or run."
              .formatted(folder.describe(LOGS)));
    }
    return new ReplayLogWriter(
        folder,
        new Recording(game.name(), run, policy, seed, stickyActions, romMd5, List.of()),
        rowsPerFile);
  }

  /**
   * Adds a row.
   *
   * @param frame the 84 x 84 bytes that the player saw
   * @param action what it did then, as an index into the game's minimal set
   * @param reward what followed, clipped to -1..1
   * @param rawReward the same before clipping
   * @param terminal whether the game was over after it
   */
  public void append(byte[] frame, int action, float reward, double rawReward, boolean terminal) {
    try {
      if (rows == 0) {
        startCheckpoint();
      }
      column(LogFile.Kind.OBSERVATION).write(frame, CheckpointReader.FRAME_BYTES);
      column(LogFile.Kind.ACTION).write(number.putInt(0, action).array(), 4);
      column(LogFile.Kind.REWARD).write(number.putFloat(0, reward).array(), 4);
      column(LogFile.Kind.TERMINAL).write(number.put(0, (byte) (terminal ? 1 : 0)).array(), 1);
      episodeSteps++;
      rawReturn += rawReward;
      if (terminal) {
        episodes.add(new Recording.Episode(checkpoint, rows, episodeSteps, rawReturn));
        episodeSteps = 0;
        rawReturn = 0;
      }
      rows++;
      addCount++;
      if (rows == rowsPerFile) {
        finishCheckpoint();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes what is left and the side file, and makes the log appear. */
  public void finish() {
    try {
      if (rows > 0) {
        finishCheckpoint();
      }
      Recording whole =
          new Recording(
              recording.game(),
              recording.run(),
              recording.policy(),
              recording.seed(),
              recording.stickyActions(),
              recording.romMd5(),
              episodes);
      WholeFiles.write(partial, Recording.FILE_NAME, Json.bytes(whole));
      WholeFiles.moveInto(run, PARTIAL + id, LOGS);
      finished = true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Drops the log, unless {@link #finish} was called. */
  @Override
  public void close() {
    if (!finished) {
      columns.values().forEach(Column::abandon);
      columns.clear();
      run.delete(PARTIAL + id);
    }
  }

  private Column column(LogFile.Kind kind) {
    return requireNonNull(columns.get(kind), "no checkpoint was begun");
  }

  private void startCheckpoint() throws IOException {
    for (LogFile.Kind kind : LogFile.Kind.values()) {
      columns.put(kind, new Column(kind.fileName(checkpoint)));
    }
  }

  private void finishCheckpoint() throws IOException {
    column(LogFile.Kind.OBSERVATION)
        .finish("|u1", String.format(Locale.ROOT, "(%d, 84, 84)", rows));
    column(LogFile.Kind.ACTION).finish("<i4", String.format(Locale.ROOT, "(%d,)", rows));
    column(LogFile.Kind.REWARD).finish("<f4", String.format(Locale.ROOT, "(%d,)", rows));
    column(LogFile.Kind.TERMINAL).finish("|u1", String.format(Locale.ROOT, "(%d,)", rows));
    columns.clear();
    writeIntegers(LogFile.addCountName(checkpoint), "()", new long[] {addCount});
    long cursor = addCount % rowsPerFile;
    long[] invalid = new long[INVALID_ROWS];
    for (int i = 0; i < INVALID_ROWS; i++) {
      invalid[i] = Math.floorMod(cursor - 1 + i, (long) rowsPerFile);
    }
    writeIntegers(
        LogFile.invalidRangeName(checkpoint),
        String.format(Locale.ROOT, "(%d,)", INVALID_ROWS),
        invalid);
    checkpoint++;
    rows = 0;
  }

  private void writeIntegers(String name, String shape, long[] values) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new FastGzip(bytes)) {
      out.write(header("<i8", shape));
      ByteBuffer buffer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      for (long value : values) {
        out.write(buffer.putLong(0, value).array());
      }
    }
    WholeFiles.write(partial, name, bytes.toByteArray());
  }

  /** A NumPy version 1 header, padded so that the data starts at a multiple of 64. */
  private static byte[] header(String type, String shape) {
    String dictionary =
        "{'descr': '%s', 'fortran_order': False, 'shape': %s, }".formatted(type, shape);
    int length = 64 * ((10 + dictionary.length() + 1 + 63) / 64) - 10;
    ByteBuffer header = ByteBuffer.allocate(10 + length).order(ByteOrder.LITTLE_ENDIAN);
    header.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    header.put((byte) 1).put((byte) 0).putShort((short) length);
    header.put(dictionary.getBytes(StandardCharsets.US_ASCII));
    while (header.remaining() > 1) {
      header.put((byte) ' ');
    }
    return header.put((byte) '\n').array();
  }

  /** One file in the making: its rows go to a temporary file until their number is known. */
  private final class Column {
    private final String name;
    private final String temporary;
    private final OutputStream out;

    Column(String name) throws IOException {
      this.name = name;
      this.temporary = name + ".rows";
      this.out = new BufferedOutputStream(new FastGzip(partial.create(temporary)), BUFFER_BYTES);
    }

    void write(byte[] bytes, int length) throws IOException {
      out.write(bytes, 0, length);
    }

    /** Puts the header, a gzip member of its own, before the rows. */
    void finish(String type, String shape) throws IOException {
      out.close();
      try (OutputStream file = partial.create(name)) {
        ByteArrayOutputStream member = new ByteArrayOutputStream();
        try (OutputStream gzip = new FastGzip(member)) {
          gzip.write(header(type, shape));
        }
        member.writeTo(file);
        try (InputStream rowsOnly = partial.open(temporary)) {
          rowsOnly.transferTo(file);
        }
      }
      partial.delete(temporary);
    }

    void abandon() {
      try {
        out.close();
      } catch (IOException e) {
        // The folder is deleted anyway.
      }
    }
  }

  /** Recording has to keep up with the emulator, so speed goes before size. */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, BUFFER_BYTES);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }
}
