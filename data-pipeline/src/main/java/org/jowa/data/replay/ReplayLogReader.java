package org.jowa.data.replay;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads the log of one game and run, a checkpoint at a time: {@link #scan} looks at actions,
 * rewards and terminals, which are small, and {@link #read} streams the frames. Both go through
 * each file once and hold no more than a block of rows.
 */
public final class ReplayLogReader {
  private final ReplayLog log;
  private final ReplayRows rows;

  private ReplayLogReader(ReplayLog log, ReplayRows rows) {
    this.log = log;
    this.rows = rows;
  }

  public static ReplayLogReader of(ReplayLog log, ReplayRows rows) {
    return new ReplayLogReader(log, rows);
  }

  /**
   * Finds the rows that a checkpoint adds to the run, and its terminals, without reading frames.
   *
   * @throws DamagedLogException when a file is damaged: names game, run, file and place
   */
  public CheckpointScan scan(int checkpoint) {
    try (CheckpointReader reader = CheckpointReader.open(log, checkpoint, false)) {
      Long addCount = rows == ReplayRows.REFERENCE ? null : reader.addCount();
      RowSpan.Fresh fresh =
          addCount == null
              ? RowSpan.Fresh.wholeFile(reader.rows())
              : fresh(checkpoint, reader, addCount);
      Map<RowSpan, StretchScan> stretches = new TreeMap<>(RowSpan.IN_FILE_ORDER);
      for (RowSpan span : fresh.spans()) {
        if (span.size() > 0) {
          stretches.put(span, new StretchScan(span));
        }
      }
      reader.read(
          List.copyOf(stretches.keySet()),
          block -> {
            for (StretchScan stretch : stretches.values()) {
              if (stretch.span.from() <= block.firstRow && block.firstRow < stretch.span.to()) {
                stretch.accept(block);
              }
            }
          });
      reader.finish();
      List<StretchScan> inOrderOfPlay =
          fresh.spans().stream().filter(stretches::containsKey).map(stretches::get).toList();
      return new CheckpointScan(
          log.game().name(),
          log.run(),
          checkpoint,
          reader.rows(),
          addCount,
          inOrderOfPlay.stream().map(StretchScan::result).toList(),
          fresh.staleRows(),
          fresh.repeatedRows(),
          inOrderOfPlay.stream().mapToDouble(stretch -> stretch.rewardSum).sum(),
          checkpoint > 0 || reader.startsBlack(EpisodeRows.PADDING_ROWS));
    }
  }

  /** What the count says, together with that of the checkpoint before. */
  private RowSpan.Fresh fresh(int checkpoint, CheckpointReader reader, long addCount) {
    int before = checkpoint - 1;
    if (log.checkpoints().contains(before)) {
      try (CheckpointReader readerBefore = CheckpointReader.open(log, before, false)) {
        Long addCountBefore = readerBefore.addCount();
        if (addCountBefore != null) {
          return RowSpan.following(
              reader.rows(), addCount, readerBefore.rows(), addCountBefore, reader.addCountFile());
        }
      } catch (DamagedLogException e) {
        // Its own scan tells; here it counts as missing.
        if (e.file().equals(reader.addCountFile().fullName())) {
          throw e;
        }
      }
    }
    return RowSpan.first(reader.rows(), addCount, reader.addCountFile());
  }

  /** Receives rows of parts. */
  public interface PartSink {
    /**
     * @param part index into the parts that were asked for
     * @param frames holds the 84 x 84 bytes of the observation at {@code offset}; valid during the
     *     call
     * @param action index into the game's minimal action set
     */
    void row(int part, byte[] frames, int offset, int action, float reward, boolean terminal);
  }

  /**
   * Streams the rows of some parts with their frames, and every file to its checksum.
   *
   * @param expectedRows rows of the files when they were scanned
   * @param parts of this checkpoint in the order of the files, not overlapping
   * @return SHA-256 of the files as they are stored, by {@code observation}, {@code action}, {@code
   *     reward} and {@code terminal}
   * @throws DamagedLogException when a file is damaged or changed since the scan
   */
  public Map<String, String> read(
      int checkpoint, long expectedRows, List<Part> parts, PartSink sink) {
    try (CheckpointReader reader = CheckpointReader.open(log, checkpoint, true)) {
      if (reader.rows() != expectedRows) {
        throw changed(checkpoint);
      }
      List<RowSpan> spans =
          parts.stream()
              .map(part -> new RowSpan(part.firstRow(), part.firstRow() + part.rows()))
              .toList();
      int[] current = {0};
      reader.read(
          spans,
          block -> {
            // A span is read in blocks of its own, so a block lies in one part.
            while (block.firstRow >= spans.get(current[0]).to()) {
              current[0]++;
            }
            Part part = parts.get(current[0]);
            for (int i = 0; i < block.size; i++) {
              boolean terminal = block.terminals[i] != 0;
              boolean last = block.firstRow + i == spans.get(current[0]).to() - 1;
              if (terminal != (last && part.ends())) {
                throw changed(checkpoint);
              }
              sink.row(
                  current[0],
                  block.frames,
                  i * CheckpointReader.FRAME_BYTES,
                  block.actions[i],
                  block.rewards[i],
                  terminal);
            }
          });
      Map<String, String> hashes = new TreeMap<>();
      new EnumMap<>(reader.finish())
          .forEach((kind, sha256) -> hashes.put(kind.name().toLowerCase(Locale.ROOT), sha256));
      return hashes;
    }
  }

  private DamagedLogException changed(int checkpoint) {
    return log.file(LogFile.Kind.TERMINAL, checkpoint).damaged("it changed while the log was read");
  }

  /** Cuts a stretch after its terminals. */
  private static final class StretchScan {
    private final RowSpan span;
    private final List<Integer> lengths = new ArrayList<>();
    private final List<Integer> zerosOfPieces = new ArrayList<>();
    private int length;
    private int zeros;
    private double rewardSum;

    StretchScan(RowSpan span) {
      this.span = span;
    }

    void accept(CheckpointReader.Block block) {
      for (int i = 0; i < block.size; i++) {
        if (zeros == length && zeros < EpisodeRows.PADDING_ROWS && block.isZeroBesideFrame(i)) {
          zeros++;
        }
        length++;
        rewardSum += block.rewards[i];
        if (block.terminals[i] != 0) {
          cut();
        }
      }
    }

    private void cut() {
      lengths.add(length);
      zerosOfPieces.add(zeros);
      length = 0;
      zeros = 0;
    }

    CheckpointScan.Stretch result() {
      cut();
      return new CheckpointScan.Stretch(span.from(), lengths, zerosOfPieces);
    }
  }
}
