package org.jowa.data.dataset;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jowa.data.replay.LeftOut;
import org.jowa.data.replay.Recording;
import org.jowa.data.replay.ReplayRows;
import org.jowa.data.replay.ReplayScan;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Sha256;
import org.jowa.error.InvalidInputException;
import org.jspecify.annotations.Nullable;

/**
 * The table of contents of a data set, {@value #FILE_NAME}: written last, so that a folder without
 * it isn't a data set.
 *
 * <p>Steps, episodes, segments and reward sums count an episode as often as it was drawn; rows
 * count what is stored. {@code segments} counts all episodes, training and held-out; the segments
 * of a lane are those of its training episodes (length 8, stride 4, right padding).
 *
 * <p>Version 2 added {@code checksum} and each game's {@code play}; version 1 is still read.
 *
 * @param version of this layout
 * @param contentHash over lanes, shards and episodes: equal data sets have equal ones
 * @param checksum SHA-256 of this document without it, so that an edit shows
 * @param lanes training lanes in numeric order
 * @param shards lane by lane, held-out ones last; a lane's rows are those of its shards in order
 * @param episodesFile the table of episodes
 */
public record Manifest(
    int version,
    String contentHash,
    @Nullable String checksum,
    long steps,
    long episodes,
    long segments,
    long rows,
    SegmentRule segmentRule,
    List<GameStatistics> games,
    List<Lane> lanes,
    Lane heldOut,
    Provenance provenance,
    EpisodesFile episodesFile,
    List<Shard> shards) {
  public static final String FILE_NAME = "manifest.json";
  public static final int VERSION = 2;

  /** Data sets of this version are read too: what they lack is null or empty. */
  static final int OLDEST_VERSION = 1;

  /** What the hash of lanes, shards and episodes is made of; equal data have equal hashes. */
  private static final int CONTENT_VERSION = 1;

  /**
   * @throws InvalidInputException when something is missing
   */
  public Manifest {
    if (contentHash == null
        || games == null
        || lanes == null
        || heldOut == null
        || provenance == null
        || episodesFile == null
        || shards == null
        || Stream.of(games, lanes, shards).flatMap(List::stream).anyMatch(Objects::isNull)) {
      throw new InvalidInputException("The manifest lacks a part: ingest again.");
    }
  }

  /**
   * @param where the file, for the message
   * @throws InvalidInputException when it isn't a manifest of a version that this program reads
   */
  public static Manifest read(byte[] text, String where) {
    int version = Json.integer(text, "version", where);
    if (version < OLDEST_VERSION || version > VERSION) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "The data set %s has version %d, this program reads versions %d to %d: ingest again.",
              where,
              version,
              OLDEST_VERSION,
              VERSION));
    }
    return Json.read(text, Manifest.class, where);
  }

  /** How segments are counted. */
  public record SegmentRule(int length, int stride, String padding) {}

  /**
   * @param storedEpisodes episodes on disk, each once
   * @param rewardSum of the log's clipped rewards
   * @param rawReturns null when no log told them
   * @param play null in version 1
   * @param observationSha256 over the stored frames, run after run in the order of play; null where
   *     ingest left it to a verification
   */
  public record GameStatistics(
      int id,
      String game,
      long steps,
      long episodes,
      long segments,
      double rewardSum,
      long rows,
      int storedEpisodes,
      int heldOutEpisodes,
      @Nullable RawReturns rawReturns,
      @Nullable Play play,
      @Nullable String observationSha256) {
    public GameStatistics {
      if (game == null) {
        throw new InvalidInputException("A game in the manifest has no name: ingest again.");
      }
    }
  }

  /** Unclipped returns of the episodes whose recorder told them, each stored episode once. */
  public record RawReturns(int episodes, double mean, double min, double max) {}

  /** Sums over a lane, or over the held-out episodes (lane -1). */
  public record Lane(int lane, int episodes, long steps, int segments, int rows) {}

  /** The file of {@link EpisodeTable}. */
  public record EpisodesFile(String path, int episodes, long bytes, String sha256) {
    public EpisodesFile {
      if (!EpisodeTable.FILE_NAME.equals(path) || sha256 == null) {
        throw new InvalidInputException(
            "The manifest's file of episodes is %s with SHA-256 %s: ingest again."
                .formatted(path, sha256));
      }
    }
  }

  /**
   * Where the data come from.
   *
   * @param sampling null before version 2, which drew with replacement
   * @param skipped checkpoints that were left out because files of theirs are missing or damaged
   */
  public record Provenance(
      String source,
      ReplayRows rows,
      @Nullable Long stepsPerGame,
      @Nullable Sampling sampling,
      long seed,
      double heldOutFraction,
      List<Run> runs,
      List<SkippedSource> skipped) {
    public Provenance {
      if (source == null
          || rows == null
          || runs == null
          || runs.stream().anyMatch(Objects::isNull)) {
        throw new InvalidInputException("The manifest's provenance lacks a part: ingest again.");
      }
      skipped = skipped == null ? List.of() : List.copyOf(skipped);
    }
  }

  /**
   * One run's log.
   *
   * @param episodesEnded in the log from beginning to end, taken or not
   * @param recording what the recorder's side file says, null without one
   * @param sources the files whose frames were read, in numeric order
   * @param observationSha256 over the run's stored frames; version 1 only
   */
  public record Run(
      String game,
      int run,
      List<ReplayScan.Checkpoint> checkpoints,
      int episodesEnded,
      int episodesTaken,
      LeftOut leftOut,
      @Nullable Recording recording,
      List<Source> sources,
      @Nullable String observationSha256) {
    public Run {
      sources = sources == null ? List.of() : List.copyOf(sources);
    }
  }

  /**
   * The files of one checkpoint.
   *
   * @param sha256 of each file as it is stored, by {@code observation}, {@code action}, {@code
   *     reward} and {@code terminal}
   */
  public record Source(int checkpoint, Map<String, String> sha256) {
    public Source {
      if (sha256 == null) {
        throw new InvalidInputException("A source in the manifest has no hashes: ingest again.");
      }
      sha256 = Collections.unmodifiableMap(new TreeMap<>(sha256));
    }
  }

  /** The hash that lanes, shards and episodes should have. */
  String computeContentHash() {
    StringBuilder text = new StringBuilder("jowa data set " + CONTENT_VERSION + "\n");
    for (Lane lane : lanes) {
      text.append(lane).append('\n');
    }
    text.append(heldOut).append('\n').append(episodesFile).append('\n');
    for (Shard shard : shards) {
      text.append(shard).append('\n');
    }
    return Sha256.of(text.toString());
  }

  /** Whether games, lanes and shards sum to the same steps, segments and rows. */
  boolean addsUp() {
    long laneSteps = heldOut.steps() + lanes.stream().mapToLong(Lane::steps).sum();
    long laneSegments = heldOut.segments() + lanes.stream().mapToLong(Lane::segments).sum();
    long laneRows = heldOut.rows() + lanes.stream().mapToLong(Lane::rows).sum();
    return steps == laneSteps
        && segments == laneSegments
        && rows == laneRows
        && steps == games.stream().mapToLong(GameStatistics::steps).sum()
        && episodes == games.stream().mapToLong(GameStatistics::episodes).sum()
        && segments == games.stream().mapToLong(GameStatistics::segments).sum()
        && rows == games.stream().mapToLong(GameStatistics::rows).sum()
        && rows == shards.stream().mapToLong(Shard::rows).sum()
        && shardsFillTheirLanes();
  }

  /** Otherwise the order of samples would lead to rows that no shard has. */
  private boolean shardsFillTheirLanes() {
    Map<Integer, Long> rowsOfLane =
        shards.stream()
            .collect(Collectors.groupingBy(Shard::lane, Collectors.summingLong(Shard::rows)));
    return Stream.concat(lanes.stream(), Stream.of(heldOut))
        .allMatch(lane -> rowsOfLane.getOrDefault(lane.lane(), 0L) == lane.rows());
  }

  /** With its content hash and its checksum. */
  public Manifest sealed() {
    Manifest hashed = with(computeContentHash(), null, shards);
    return hashed.with(hashed.contentHash, hashed.computeChecksum(), shards);
  }

  /** Whether nobody edited it; a manifest without a checksum can't tell. */
  boolean isAsWritten() {
    return checksum == null || checksum.equals(with(contentHash, null, shards).computeChecksum());
  }

  /** The same data in other bytes. */
  Manifest withShards(List<Shard> written) {
    return with("", null, written).sealed();
  }

  private String computeChecksum() {
    return Sha256.of(Json.write(this));
  }

  private Manifest with(String hash, @Nullable String sum, List<Shard> written) {
    return new Manifest(
        version,
        hash,
        sum,
        steps,
        episodes,
        segments,
        rows,
        segmentRule,
        games,
        lanes,
        heldOut,
        provenance,
        episodesFile,
        written);
  }
}
