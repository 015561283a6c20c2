package org.jowa.data.replay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ended episodes of one game and run, put together from the scans of its checkpoints. An
 * episode whose beginning the files don't hold is none, except with {@link ReplayRows#REFERENCE}.
 *
 * @param checkpoints the files in numeric order
 * @param episodes in the order of play
 * @param rawReturns sum of the unclipped rewards of each episode, null when the recorder left no
 *     side file; it may lack an episode, or know one of another length, whose return is null
 * @param recording the side file without its episodes, null when there is none
 * @param leftOut rows that are no steps; padding rows are known when the frames are read
 */
public record ReplayScan(
    String game,
    int run,
    ReplayRows rows,
    List<Checkpoint> checkpoints,
    List<LoggedEpisode> episodes,
    @Nullable List<Double> rawReturns,
    @Nullable Recording recording,
    LeftOut leftOut) {
  public ReplayScan {
    checkpoints = List.copyOf(checkpoints);
    episodes = List.copyOf(episodes);
  }

  /**
   * @param rows rows of the files
   * @param addCount rows that the run had written, null when the file is missing
   * @param freshRows rows that this checkpoint adds to the run
   * @param usedRows how many of those belong to episodes that end
   * @param episodesEnded terminals among the fresh rows
   * @param rewardSum over the fresh rows
   */
  public record Checkpoint(
      int number,
      long rows,
      @Nullable Long addCount,
      long freshRows,
      long usedRows,
      int episodesEnded,
      double rewardSum) {}

  /**
   * Joins what the checkpoints' scans found. Where a checkpoint is missing an episode is never
   * joined across the gap.
   *
   * @param scans of one run, in numeric order, at least one
   * @param recording the side file, null when there is none
   */
  public static ReplayScan join(
      List<CheckpointScan> scans, ReplayRows rows, @Nullable Recording recording) {
    Joiner joiner = new Joiner(scans, rows);
    joiner.run();
    List<LoggedEpisode> episodes = joiner.episodes();
    List<Checkpoint> checkpoints = new ArrayList<>();
    LeftOut leftOut = LeftOut.NOTHING;
    for (CheckpointScan scan : scans) {
      long used = joiner.usedRows.getOrDefault(scan.checkpoint(), 0L);
      long headless = joiner.headlessRows.getOrDefault(scan.checkpoint(), 0L);
      checkpoints.add(
          new Checkpoint(
              scan.checkpoint(),
              scan.rows(),
              scan.addCount(),
              scan.freshRows(),
              used,
              scan.episodesEnded(),
              scan.rewardSum()));
      leftOut =
          leftOut.plus(
              new LeftOut(
                  0,
                  scan.staleRows(),
                  scan.repeatedRows(),
                  scan.freshRows() - used - headless,
                  headless));
    }
    return new ReplayScan(
        scans.get(0).game(),
        scans.get(0).run(),
        rows,
        checkpoints,
        episodes,
        recording == null ? null : rawReturns(recording, episodes),
        recording == null ? null : recording.withoutEpisodes(),
        leftOut);
  }

  private static List<Double> rawReturns(Recording recording, List<LoggedEpisode> episodes) {
    Map<Terminal, Recording.Episode> recorded = new HashMap<>();
    for (Recording.Episode episode : recording.episodes()) {
      recorded.put(new Terminal(episode.checkpoint(), episode.row()), episode);
    }
    List<Double> found = new ArrayList<>();
    for (LoggedEpisode episode : episodes) {
      Part last = episode.last();
      Recording.Episode whole =
          recorded.get(new Terminal(last.checkpoint(), last.firstRow() + last.rows() - 1));
      // Our recorder writes no padding, so its steps are rows.
      found.add(whole != null && whole.steps() == episode.rows() ? whole.rawReturn() : null);
    }
    return found;
  }

  private record Terminal(int checkpoint, long row) {}

  /** Steps of every ended episode, in the order of play. */
  public List<Integer> lengths() {
    return episodes.stream().map(LoggedEpisode::length).toList();
  }

  /** Rows of all files. */
  public long fileRows() {
    return checkpoints.stream().mapToLong(Checkpoint::rows).sum();
  }

  /** Steps of all ended episodes. */
  public long steps() {
    return episodes.stream().mapToLong(LoggedEpisode::length).sum();
  }

  /** Walks through the pieces in the order of play. */
  private static final class Joiner {
    private final List<CheckpointScan> scans;
    private final ReplayRows rows;
    private final List<List<Part>> ended = new ArrayList<>();
    private final List<Boolean> startsWithZeros = new ArrayList<>();
    private final Map<Integer, Long> usedRows = new HashMap<>();
    private final Map<Integer, Long> headlessRows = new HashMap<>();
    private List<Part> current = new ArrayList<>();
    private boolean headless;
    private int length;
    private int zeros;
    private int starts;

    Joiner(List<CheckpointScan> scans, ReplayRows rows) {
      this.scans = scans;
      this.rows = rows;
    }

    void run() {
      int before = Integer.MIN_VALUE;
      for (CheckpointScan scan : scans) {
        boolean follows = scan.checkpoint() == before + 1;
        if (rows != ReplayRows.JOINED || !follows) {
          boolean begins = follows ? length == 0 && !headless : scan.beginsRun();
          start();
          starts++;
          headless = rows != ReplayRows.REFERENCE && !begins;
        }
        for (CheckpointScan.Stretch stretch : scan.stretches()) {
          walk(scan.checkpoint(), stretch);
        }
        before = scan.checkpoint();
      }
    }

    private void start() {
      current = new ArrayList<>();
      headless = false;
      length = 0;
      zeros = 0;
    }

    private void walk(int checkpoint, CheckpointScan.Stretch stretch) {
      long row = stretch.firstRow();
      int pieces = stretch.lengths().size();
      for (int i = 0; i < pieces; i++) {
        int rowsOfPiece = stretch.lengths().get(i);
        boolean ends = i < pieces - 1;
        if (rowsOfPiece > 0) {
          current.add(new Part(checkpoint, row, rowsOfPiece, ends));
          if (zeros == length) {
            zeros += stretch.zeros().get(i);
          }
          length = Math.addExact(length, rowsOfPiece);
          row += rowsOfPiece;
        }
        if (ends) {
          Map<Integer, Long> count = headless ? headlessRows : usedRows;
          current.forEach(part -> count.merge(part.checkpoint(), (long) part.rows(), Long::sum));
          if (!headless) {
            ended.add(current);
            startsWithZeros.add(zeros >= EpisodeRows.PADDING_ROWS);
          }
          start();
        }
      }
    }

    List<LoggedEpisode> episodes() {
      boolean padded = isPadded();
      List<LoggedEpisode> episodes = new ArrayList<>();
      for (int i = 0; i < ended.size(); i++) {
        int padding = padded && startsWithZeros.get(i) ? EpisodeRows.PADDING_ROWS : 0;
        int rowsOfEpisode = ended.get(i).stream().mapToInt(Part::rows).sum();
        episodes.add(new LoggedEpisode(i, ended.get(i), rowsOfEpisode - padding));
      }
      return episodes;
    }

    /** Whether the log looks like one of the original logger's. */
    private boolean isPadded() {
      // An episode may lack its head when the log starts later than the run did, or has a gap.
      return rows != ReplayRows.REFERENCE
          && scans.get(0).startsBlack()
          && startsWithZeros.size() > starts
          && startsWithZeros.stream().filter(zeros -> !zeros).count() <= starts;
    }
  }
}
