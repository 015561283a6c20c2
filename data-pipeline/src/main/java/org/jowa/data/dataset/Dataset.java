package org.jowa.data.dataset;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.storage.Sha256;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;

/**
 * A data set on any Hadoop FileSystem:
 *
 * <pre>
 * manifest.json                             what is in it; written last
 * episodes.arrow                            a row an episode
 * frames/lane-0000/Pong-1-07-00000.arrow    whole episodes of a checkpoint of one game and run
 * frames/lane-0000/Pong-1-joined-00000.arrow   episodes that straddle checkpoints
 * frames/held-out/Pong-1-00000.arrow        episodes that training never sees
 * tokens/{tokenizer hash}/                  see {@code org.jowa.data.tokens}
 * </pre>
 *
 * <p>A frame shard is an Arrow IPC file with the columns observation (fixed-size binary, 84 x 84
 * bytes), action (uint8, id of the full set of 18), reward (float32, as in the log), terminal
 * (uint8) and episode (int32), ZSTD-compressed.
 */
public final class Dataset {
  /** Manifest and episodes of the 60 public games, taken whole, have about a tenth of that. */
  private static final long MOST_TABLE_BYTES = 1L << 28;

  private final Storage storage;
  private final Manifest manifest;
  private final EpisodeTable episodes;
  private final Set<String> unaltered = ConcurrentHashMap.newKeySet();

  private Dataset(Storage storage, Manifest manifest, EpisodeTable episodes) {
    this.storage = storage;
    this.manifest = manifest;
    this.episodes = episodes;
  }

  /** Opens a data set with the Hadoop configuration found on the class path. */
  public static Dataset open(String folder) {
    return open(folder, new Configuration());
  }

  /**
   * Reads and checks manifest and episodes; shards are checked when they are opened.
   *
   * @throws InvalidInputException when there is no data set, or it is of another version, or
   *     altered
   */
  public static Dataset open(String folder, Configuration configuration) {
    Storage storage = Storage.at(folder, configuration);
    if (!storage.exists(Manifest.FILE_NAME)) {
      throw new InvalidInputException(
          "There is no data set in %s (no %s): run ingest with --out %s first."
              .formatted(storage, Manifest.FILE_NAME, storage));
    }
    return open(storage, Manifest.FILE_NAME);
  }

  static Dataset open(Storage storage, String manifestFile) {
    String where = storage.describe(manifestFile);
    Manifest manifest = Manifest.read(storage.read(manifestFile, MOST_TABLE_BYTES), where);
    if (!manifest.isAsWritten()) {
      throw new InvalidInputException(
          "Altered manifest %s: it isn't the one that ingest wrote. Ingest again."
              .formatted(where));
    }
    if (!manifest.computeContentHash().equals(manifest.contentHash()) || !manifest.addsUp()) {
      throw new InvalidInputException(
          "Altered manifest %s: its sums or its content hash don't fit its lanes and shards. Ingest again."
              .formatted(where));
    }
    Manifest.EpisodesFile file = manifest.episodesFile();
    byte[] table = storage.read(file.path(), MOST_TABLE_BYTES);
    if (table.length != file.bytes() || !Sha256.of(table).equals(file.sha256())) {
      throw new InvalidInputException(
          "Altered file %s: its SHA-256 isn't that of the manifest. Ingest again."
              .formatted(storage.describe(file.path())));
    }
    EpisodeTable episodes = EpisodeTable.read(table, storage.describe(file.path()));
    return new Dataset(storage, manifest, episodes);
  }

  /** Whether there is a complete data set in a folder. */
  public static boolean exists(String folder, Configuration configuration) {
    return Storage.at(folder, configuration).exists(Manifest.FILE_NAME);
  }

  public Storage storage() {
    return storage;
  }

  public Manifest manifest() {
    return manifest;
  }

  public EpisodeTable episodes() {
    return episodes;
  }

  /** Number of training lanes. */
  public int lanes() {
    return manifest.lanes().size();
  }

  /** Hash of lanes, shards and episodes: names the data set's content wherever it lies. */
  public String contentHash() {
    return manifest.contentHash();
  }

  /** Segments of the training episodes of each lane. */
  public int[] segmentsPerLane() {
    return manifest.lanes().stream().mapToInt(Manifest.Lane::segments).toArray();
  }

  /** Stored frames of each lane. */
  public int[] framesPerLane() {
    return manifest.lanes().stream().mapToInt(Manifest.Lane::rows).toArray();
  }

  /** Names of the games, in the order of the ingest. */
  public List<String> games() {
    return manifest.games().stream().map(Manifest.GameStatistics::game).toList();
  }

  /**
   * Opens a frame shard. The first time its size and SHA-256 are compared with the manifest, so
   * that an altered shard is never read.
   *
   * @throws InvalidInputException when it is missing, altered or unreadable
   */
  public FrameShardReader openFrames(Shard shard) {
    if (!unaltered.contains(shard.path())) {
      FrameShardReader.requireUnaltered(storage, shard);
      unaltered.add(shard.path());
    }
    return FrameShardReader.open(storage, shard);
  }

  /**
   * Reads every row of a game and compares it with the manifest: hashes, rows, episode borders,
   * actions, rewards, sums. Games can be verified in parallel.
   *
   * @return among others the hash of the game's frames, equal however they lie in lanes
   * @throws InvalidInputException names the first shard that isn't as it should be
   */
  public GameCheck verify(String game) {
    GameCheck check = GameVerifier.verify(storage, manifest, episodes, game);
    String stated =
        manifest.games().stream()
            .filter(g -> g.game().equals(game))
            .findFirst()
            .map(Manifest.GameStatistics::observationSha256)
            .orElse(null);
    if (stated != null && !check.observationSha256().equals(stated)) {
      throw new InvalidInputException(
          "Wrong manifest %s: the frames of %s have SHA-256 %s, the manifest says %s. Ingest again."
              .formatted(
                  storage.describe(Manifest.FILE_NAME), game, check.observationSha256(), stated));
    }
    return check;
  }

  /**
   * Reads every row of a frame shard and compares it with manifest and episodes: hash, rows,
   * episode borders, actions, rewards, sums. Shards can be verified in parallel.
   *
   * @param shard index into the manifest's shards
   * @throws InvalidInputException when it isn't as it should be
   */
  public ShardCheck verifyShard(int shard) {
    return ShardVerifier.verify(storage, manifest, episodes, shard);
  }

  /**
   * Compares each game's sums with what its shards hold.
   *
   * @param checks one for each shard
   * @throws InvalidInputException names the game whose numbers are wrong
   */
  public void requireSums(List<ShardCheck> checks) {
    for (String game : games()) {
      GameSums.require(
          storage,
          manifest,
          game,
          checks.stream()
              .filter(check -> manifest.shards().get(check.shard()).game().equals(game))
              .toList());
    }
  }

  /** Verifies all games, one after the other. */
  public List<GameCheck> verify() {
    return games().stream().map(this::verify).toList();
  }
}
