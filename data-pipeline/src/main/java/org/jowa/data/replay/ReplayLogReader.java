package org.jowa.data.replay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jowa.data.storage.Json;
import org.jowa.error.InvalidInputException;

/**
 * Reads the log of one game and run as ended episodes, in two passes: {@link #scan} looks at
 * actions, rewards and terminals, which are small, and {@link #read} streams the frames. Neither
 * holds more than a block of rows. A file whose last row belongs before its first one (which the
 * original logger writes) is inflated twice.
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
   * Finds the ended episodes without reading frames.
   *
   * @throws InvalidInputException when a file is damaged: names game, run, file and row
   */
  public ReplayScan scan() {
    List<ReplayScan.Checkpoint> checkpoints = new ArrayList<>();
    EpisodeScan episodes = new EpisodeScan();
    ReplayScan.Checkpoint before = null;
    for (int number : numbers()) {
      CheckpointReader reader = CheckpointReader.open(log, number, false);
      Long addCount = rows == ReplayRows.JOINED ? reader.addCount() : null;
      RowSpan.Fresh fresh = fresh(reader, addCount, before);
      if (rows == ReplayRows.REFERENCE) {
        episodes.forget();
      }
      episodes.startFile(number);
      reader.read(fresh.spans(), episodes::accept);
      ReplayScan.Checkpoint checkpoint =
          new ReplayScan.Checkpoint(
              number,
              reader.rows(),
              addCount,
              fresh.size(),
              episodes.usedRows,
              episodes.ended,
              episodes.rewardSum);
      checkpoints.add(checkpoint);
      before = checkpoint;
    }
    boolean padded = rows == ReplayRows.JOINED && startsWithPadding() && episodes.allStartPadded();
    if (rows == ReplayRows.JOINED) {
      useRowsBetweenTerminals(checkpoints);
    }
    Recording recording = recording();
    return new ReplayScan(
        log.game().name(),
        log.run(),
        rows,
        checkpoints,
        episodes.lengths(padded),
        rawReturns(recording, episodes.terminals),
        recording == null ? null : withoutEpisodes(recording));
  }

  /**
   * Streams the ended episodes with their frames.
   *
   * @param scan of the same log
   * @return what was left out
   * @throws InvalidInputException when a file is damaged or changed since the scan
   */
  public LeftOut read(ReplayScan scan, EpisodeSink sink) {
    EpisodeCutter cutter = new EpisodeCutter(rows == ReplayRows.JOINED, sink);
    LeftOut leftOut = LeftOut.NOTHING;
    ReplayScan.Checkpoint before = null;
    for (ReplayScan.Checkpoint checkpoint : scan.checkpoints()) {
      CheckpointReader reader = CheckpointReader.open(log, checkpoint.number(), true);
      if (reader.rows() != checkpoint.rows()) {
        throw changed(checkpoint);
      }
      RowSpan.Fresh fresh = fresh(reader, checkpoint.addCount(), before);
      cutter.startFile(checkpoint.usedRows());
      reader.read(fresh.spans(), cutter::accept);
      if (cutter.endedInFile() != checkpoint.episodesEnded()) {
        throw changed(checkpoint);
      }
      leftOut =
          leftOut.plus(
              new LeftOut(
                  0,
                  fresh.staleRows(),
                  fresh.repeatedRows(),
                  fresh.size() - checkpoint.usedRows()));
      before = checkpoint;
    }
    return leftOut.plus(new LeftOut(cutter.paddingRows(), 0, 0, 0));
  }

  /** Whether the run's first rows have black frames; a log that starts later can't tell. */
  private boolean startsWithPadding() {
    int first = log.checkpoints().get(0);
    return first > 0
        || CheckpointReader.open(log, first, false).startsBlack(EpisodeCutter.PADDING_ROWS);
  }

  private List<Integer> numbers() {
    return rows == ReplayRows.JOINED
        ? log.checkpoints()
        : log.checkpoints().stream().filter(number -> number > 0).toList();
  }

  private RowSpan.Fresh fresh(
      CheckpointReader reader, Long addCount, ReplayScan.Checkpoint before) {
    if (rows == ReplayRows.REFERENCE || addCount == null) {
      return RowSpan.Fresh.wholeFile(reader.rows());
    }
    return before == null || before.addCount() == null
        ? RowSpan.first(reader.rows(), addCount, reader.addCountFile())
        : RowSpan.following(
            reader.rows(), addCount, before.rows(), before.addCount(), reader.addCountFile());
  }

  /** All rows up to the run's last terminal are used, whatever file they are in. */
  private static void useRowsBetweenTerminals(List<ReplayScan.Checkpoint> checkpoints) {
    boolean terminalFollows = false;
    for (int i = checkpoints.size() - 1; i >= 0; i--) {
      ReplayScan.Checkpoint c = checkpoints.get(i);
      if (terminalFollows) {
        checkpoints.set(
            i,
            new ReplayScan.Checkpoint(
                c.number(),
                c.rows(),
                c.addCount(),
                c.freshRows(),
                c.freshRows(),
                c.episodesEnded(),
                c.rewardSum()));
      }
      terminalFollows |= c.episodesEnded() > 0;
    }
  }

  private Recording recording() {
    if (!log.folder().exists(Recording.FILE_NAME)) {
      return null;
    }
    return Json.read(
        log.folder().read(Recording.FILE_NAME),
        Recording.class,
        log.folder().describe(Recording.FILE_NAME));
  }

  private static Recording withoutEpisodes(Recording recording) {
    return new Recording(
        recording.game(),
        recording.run(),
        recording.policy(),
        recording.seed(),
        recording.stickyActions(),
        recording.romMd5(),
        List.of());
  }

  private static List<Double> rawReturns(Recording recording, List<Terminal> terminals) {
    if (recording == null) {
      return null;
    }
    Map<Terminal, Double> returns = new HashMap<>();
    for (Recording.Episode episode : recording.episodes()) {
      returns.put(new Terminal(episode.checkpoint(), episode.row()), episode.rawReturn());
    }
    List<Double> found = new ArrayList<>();
    for (Terminal terminal : terminals) {
      found.add(returns.get(terminal));
    }
    return found;
  }

  private InvalidInputException changed(ReplayScan.Checkpoint checkpoint) {
    return log.file(LogFile.Kind.TERMINAL, checkpoint.number())
        .damaged("it changed while the log was read");
  }

  private record Terminal(int checkpoint, long row) {}

  /** Lengths of episodes and what they start with. */
  private static final class EpisodeScan {
    private final List<Integer> lengths = new ArrayList<>();
    private final List<Boolean> startsWithZeros = new ArrayList<>();
    private final List<Terminal> terminals = new ArrayList<>();
    private int length;
    private int zeros;
    private int checkpoint;
    private long rowsInFile;
    private long usedRows;
    private int ended;
    private double rewardSum;

    void forget() {
      length = 0;
      zeros = 0;
    }

    void startFile(int number) {
      checkpoint = number;
      rowsInFile = 0;
      usedRows = 0;
      ended = 0;
      rewardSum = 0;
    }

    void accept(CheckpointReader.Block block) {
      for (int i = 0; i < block.size; i++) {
        if (zeros == length && block.isZeroBesideFrame(i)) {
          zeros++;
        }
        length++;
        rowsInFile++;
        rewardSum += block.rewards[i];
        if (block.terminals[i] != 0) {
          lengths.add(length);
          startsWithZeros.add(zeros >= EpisodeCutter.PADDING_ROWS);
          terminals.add(new Terminal(checkpoint, block.firstRow + i));
          usedRows = rowsInFile;
          ended++;
          forget();
        }
      }
    }

    boolean allStartPadded() {
      // The first episode may lack its head when the log starts later than the run did.
      return startsWithZeros.size() > 1
          && startsWithZeros.subList(1, startsWithZeros.size()).stream().allMatch(z -> z);
    }

    List<Integer> lengths(boolean withoutPadding) {
      if (!withoutPadding) {
        return lengths;
      }
      List<Integer> shorter = new ArrayList<>();
      for (int i = 0; i < lengths.size(); i++) {
        int padding = startsWithZeros.get(i) ? EpisodeCutter.PADDING_ROWS : 0;
        shorter.add(lengths.get(i) - padding);
      }
      return shorter;
    }
  }
}
