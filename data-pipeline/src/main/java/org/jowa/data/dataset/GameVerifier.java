package org.jowa.data.dataset;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jowa.data.storage.Sha256;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;

/**
 * Reads every row of one game, run after run in the order of play, and compares what it finds with
 * the manifest: hashes, rows, episode borders, actions, rewards, sums.
 */
final class GameVerifier implements AutoCloseable {
  private final Storage storage;
  private final Manifest manifest;
  private final EpisodeTable table;
  private final Game game;

  /** The shard that is open in each lane, and its reader. */
  private final Map<Integer, Integer> openShard = new HashMap<>();

  private final Map<Integer, FrameShardReader> readers = new HashMap<>();
  private final Set<Integer> unaltered = new HashSet<>();
  private final Map<Integer, Integer> rowsSeen = new HashMap<>();

  // On the heap: digests copy what lies outside of it piece by piece.
  private final ByteBuffer frames =
      ByteBuffer.allocate(FrameShardWriter.BATCH_ROWS * StepColumns.FRAME_BYTES);
  private final MessageDigest observations = Sha256.digest();

  private GameVerifier(Storage storage, Manifest manifest, EpisodeTable table, Game game) {
    this.storage = storage;
    this.manifest = manifest;
    this.table = table;
    this.game = game;
  }

  /**
   * @throws InvalidInputException names the first shard that isn't as it should be
   */
  static GameCheck verify(Storage storage, Manifest manifest, EpisodeTable table, String name) {
    try (GameVerifier verifier = new GameVerifier(storage, manifest, table, Games.byName(name))) {
      return verifier.run();
    }
  }

  private GameCheck run() {
    List<StoredEpisode> episodes =
        new ArrayList<>(table.all().stream().filter(e -> e.game() == game.id()).toList());
    episodes.sort(
        Comparator.comparingInt(StoredEpisode::run).thenComparingInt(StoredEpisode::episode));
    EpisodeCheck check = new EpisodeCheck(storage, manifest, game);
    for (StoredEpisode episode : episodes) {
      int next = rowsSeen.getOrDefault(episode.shard(), 0);
      FrameShardReader reader = reader(episode);
      check.read(episode, reader, next, (row, count) -> hashFrames(reader, row, count));
      rowsSeen.put(episode.shard(), next + episode.length());
    }
    for (int shard = 0; shard < manifest.shards().size(); shard++) {
      if (manifest.shards().get(shard).game().equals(game.name())) {
        check.requireAll(shard, rowsSeen.getOrDefault(shard, 0));
      }
    }
    ShardCheck sums = check.result(-1);
    GameSums.require(storage, manifest, game.name(), List.of(sums));
    return new GameCheck(game.name(), sums.rows(), Sha256.hex(observations));
  }

  private void hashFrames(FrameShardReader reader, int row, int count) {
    reader.frames(row, count, frames, 0);
    observations.update(frames.array(), 0, count * StepColumns.FRAME_BYTES);
  }

  private FrameShardReader reader(StoredEpisode episode) {
    int lane = episode.lane();
    FrameShardReader reader = readers.get(lane);
    if (reader == null || openShard.getOrDefault(lane, -1) != episode.shard()) {
      if (reader != null) {
        readers.remove(lane);
        reader.close();
      }
      Shard shard = manifest.shards().get(episode.shard());
      if (unaltered.add(episode.shard())) {
        FrameShardReader.requireUnaltered(storage, shard);
      }
      reader = FrameShardReader.open(storage, shard);
      readers.put(lane, reader);
      openShard.put(lane, episode.shard());
    }
    return reader;
  }

  @Override
  public void close() {
    readers.values().forEach(FrameShardReader::close);
  }
}
