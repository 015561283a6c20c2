package org.jowa.data.dataset;

import java.util.Locale;
import org.jowa.data.sample.Segmentation;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;
import org.jowa.error.InvalidInputException;

/** Compares the rows of episodes with the table, and counts what is in them. */
final class EpisodeCheck {
  private final Storage storage;
  private final Manifest manifest;
  private final Game game;
  private final StepTally tally = new StepTally();
  private long rows;
  private long steps;
  private long segments;
  private double rewardSum;

  EpisodeCheck(Storage storage, Manifest manifest, Game game) {
    this.storage = storage;
    this.manifest = manifest;
    this.game = game;
  }

  /** Receives rows that follow each other and lie in one record batch, which is decoded. */
  @FunctionalInterface
  interface Rows {
    void read(int firstRow, int count);
  }

  /**
   * Goes through an episode, so that each of its record batches is decoded once.
   *
   * @param next the first row of the shard that no episode before holds
   * @param checked receives the rows once they are known to be right
   * @throws InvalidInputException names the shard and the row
   */
  void read(StoredEpisode episode, FrameShardReader reader, int next, Rows checked) {
    if (episode.firstRow() != next) {
      throw damaged(
          episode,
          String.format(
              Locale.ROOT,
              "episode %d starts at row %d, expected row %d",
              episode.episode(),
              episode.firstRow(),
              next));
    }
    if (next + episode.length() > reader.rows()) {
      throw damaged(
          episode,
          String.format(Locale.ROOT, "episode %d ends after the last row", episode.episode()));
    }
    double rewards = 0;
    int end = next + episode.length();
    int count;
    for (int from = next; from < end; from += count) {
      count = FrameShardReader.rowsOfBatch(from, end);
      for (int row = from; row < from + count; row++) {
        checkStep(episode, reader, row);
        rewards += reader.reward(row);
        tally.add(reader.action(row), reader.reward(row), episode.copies());
      }
      checked.read(from, count);
    }
    if (rewards != episode.rewardSum()) {
      throw damaged(
          episode,
          String.format(
              Locale.ROOT,
              "the rewards of episode %d sum to %s, expected %s",
              episode.episode(),
              rewards,
              episode.rewardSum()));
    }
    rows += episode.length();
    steps += (long) episode.length() * episode.copies();
    segments += (long) Segmentation.TRAINING.count(episode.length()) * episode.copies();
    rewardSum += rewards * episode.copies();
  }

  private void checkStep(StoredEpisode episode, FrameShardReader reader, int row) {
    int last = episode.firstRow() + episode.length() - 1;
    if (reader.episode(row) != episode.episode() || reader.terminal(row) != (row == last)) {
      throw damaged(
          episode,
          String.format(
              Locale.ROOT,
              "row %d breaks the border of episode %d (rows %d to %d)",
              row,
              episode.episode(),
              episode.firstRow(),
              last));
    }
    if (game.toMinimalIndex(reader.action(row)) < 0) {
      throw damaged(
          episode,
          String.format(
              Locale.ROOT,
              "row %d has action %d, which isn't an action of %s",
              row,
              reader.action(row),
              game.name()));
    }
    if (!Float.isFinite(reader.reward(row))) {
      throw damaged(
          episode, String.format(Locale.ROOT, "row %d has reward %s", row, reader.reward(row)));
    }
  }

  /** Every row of a shard belongs to an episode. */
  void requireAll(int shard, int read) {
    Shard stated = manifest.shards().get(shard);
    if (read != stated.rows()) {
      throw FrameShardReader.damaged(
          storage,
          stated,
          String.format(
              Locale.ROOT, "the episodes hold %d rows, the manifest says %d", read, stated.rows()),
          null);
    }
  }

  ShardCheck result(int shard) {
    return new ShardCheck(shard, rows, steps, segments, rewardSum, tally.counts());
  }

  private InvalidInputException damaged(StoredEpisode episode, String what) {
    return FrameShardReader.damaged(storage, manifest.shards().get(episode.shard()), what, null);
  }
}
