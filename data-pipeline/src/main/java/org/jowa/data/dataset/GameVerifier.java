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
import org.jowa.data.sample.Segmentation;
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
  private final ByteBuffer frames =
      ByteBuffer.allocateDirect(FrameShardReader.batchRows() * StepColumns.FRAME_BYTES);
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
    long rows = 0;
    long steps = 0;
    long segments = 0;
    double rewardSum = 0;
    for (StoredEpisode episode : episodes) {
      double rewards = read(episode);
      rows += episode.length();
      steps += (long) episode.length() * episode.copies();
      segments += (long) Segmentation.TRAINING.count(episode.length()) * episode.copies();
      rewardSum += rewards * episode.copies();
    }
    for (int shard = 0; shard < manifest.shards().size(); shard++) {
      Shard s = manifest.shards().get(shard);
      if (s.game().equals(game.name()) && rowsSeen.getOrDefault(shard, 0) != s.rows()) {
        throw damaged(
            shard,
            "the episodes hold %d rows, the manifest says %d"
                .formatted(rowsSeen.getOrDefault(shard, 0), s.rows()));
      }
    }
    compareStatistics(rows, steps, segments, rewardSum);
    return new GameCheck(game.name(), rows, Sha256.hex(observations));
  }

  private void compareStatistics(long rows, long steps, long segments, double rewardSum) {
    Manifest.GameStatistics stated =
        manifest.games().stream()
            .filter(g -> g.game().equals(game.name()))
            .findFirst()
            .orElseThrow(() -> wrong("it doesn't list " + game.name()));
    if (stated.rows() != rows || stated.steps() != steps || stated.segments() != segments) {
      throw wrong(
          "%s has %d rows, %d steps, %d segments, the manifest says %d, %d, %d"
              .formatted(
                  game.name(),
                  rows,
                  steps,
                  segments,
                  stated.rows(),
                  stated.steps(),
                  stated.segments()));
    }
    if (Math.abs(stated.rewardSum() - rewardSum) > 1e-6 * Math.max(1, Math.abs(rewardSum))) {
      throw wrong(
          "%s has a reward sum of %s, the manifest says %s"
              .formatted(game.name(), rewardSum, stated.rewardSum()));
    }
  }

  private double read(StoredEpisode episode) {
    int shard = episode.shard();
    int next = rowsSeen.getOrDefault(shard, 0);
    if (episode.firstRow() != next) {
      throw damaged(
          shard,
          "episode %d starts at row %d, expected row %d"
              .formatted(episode.episode(), episode.firstRow(), next));
    }
    FrameShardReader reader = reader(episode);
    if (next + episode.length() > reader.rows()) {
      throw damaged(shard, "episode %d ends after the last row".formatted(episode.episode()));
    }
    rowsSeen.put(shard, next + episode.length());
    double rewards = 0;
    int from = episode.firstRow();
    for (int row = from; row < from + episode.length(); row++) {
      checkStep(episode, reader, row);
      rewards += reader.reward(row);
    }
    hashFrames(episode, reader);
    if (rewards != episode.rewardSum()) {
      throw damaged(
          shard,
          "the rewards of episode %d sum to %s, expected %s"
              .formatted(episode.episode(), rewards, episode.rewardSum()));
    }
    return rewards;
  }

  private void checkStep(StoredEpisode episode, FrameShardReader reader, int row) {
    int last = episode.firstRow() + episode.length() - 1;
    if (reader.episode(row) != episode.episode() || reader.terminal(row) != (row == last)) {
      throw damaged(
          episode.shard(),
          "row %d breaks the border of episode %d (rows %d to %d)"
              .formatted(row, episode.episode(), episode.firstRow(), last));
    }
    if (game.toMinimalIndex(reader.action(row)) < 0) {
      throw damaged(
          episode.shard(),
          "row %d has action %d, which isn't an action of %s"
              .formatted(row, reader.action(row), game.name()));
    }
    if (!Float.isFinite(reader.reward(row))) {
      throw damaged(episode.shard(), "row %d has reward %s".formatted(row, reader.reward(row)));
    }
  }

  private void hashFrames(StoredEpisode episode, FrameShardReader reader) {
    int end = episode.firstRow() + episode.length();
    int step;
    for (int row = episode.firstRow(); row < end; row += step) {
      // Up to the next border of a record batch.
      step = Math.min(end - row, FrameShardReader.batchRows() - row % FrameShardReader.batchRows());
      reader.frames(row, step, frames, 0);
      observations.update(frames.duplicate().position(0).limit(step * StepColumns.FRAME_BYTES));
    }
  }

  private FrameShardReader reader(StoredEpisode episode) {
    int lane = episode.lane();
    if (openShard.getOrDefault(lane, -1) != episode.shard()) {
      FrameShardReader before = readers.remove(lane);
      if (before != null) {
        before.close();
      }
      Shard shard = manifest.shards().get(episode.shard());
      if (unaltered.add(episode.shard())) {
        FrameShardReader.requireUnaltered(storage, shard);
      }
      readers.put(lane, FrameShardReader.open(storage, shard));
      openShard.put(lane, episode.shard());
    }
    return readers.get(lane);
  }

  private InvalidInputException damaged(int shard, String what) {
    return FrameShardReader.damaged(storage, manifest.shards().get(shard), what, null);
  }

  private InvalidInputException wrong(String what) {
    return new InvalidInputException(
        "Wrong manifest %s: %s. Ingest again."
            .formatted(storage.describe(Manifest.FILE_NAME), what));
  }

  @Override
  public void close() {
    readers.values().forEach(FrameShardReader::close);
  }
}
