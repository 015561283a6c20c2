package org.jowa.data.dataset;

import java.util.List;
import java.util.Locale;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;

/** Compares what all shards of a game hold with what the manifest says of the game. */
final class GameSums {
  private GameSums() {}

  /**
   * @param checks of the game's shards, or one for all of them
   * @throws InvalidInputException when a number of the manifest is another
   */
  static void require(Storage storage, Manifest manifest, String game, List<ShardCheck> checks) {
    Manifest.GameStatistics stated =
        manifest.games().stream()
            .filter(g -> g.game().equals(game))
            .findFirst()
            .orElseThrow(() -> wrong(storage, "it doesn't list " + game));
    long rows = checks.stream().mapToLong(ShardCheck::rows).sum();
    long steps = checks.stream().mapToLong(ShardCheck::steps).sum();
    long segments = checks.stream().mapToLong(ShardCheck::segments).sum();
    if (stated.rows() != rows || stated.steps() != steps || stated.segments() != segments) {
      throw wrong(
          storage,
          String.format(
              Locale.ROOT,
              "%s has %d rows, %d steps, %d segments, the manifest says %d, %d, %d",
              game,
              rows,
              steps,
              segments,
              stated.rows(),
              stated.steps(),
              stated.segments()));
    }
    double rewardSum = checks.stream().mapToDouble(ShardCheck::rewardSum).sum();
    if (Math.abs(stated.rewardSum() - rewardSum) > 1e-6 * Math.max(1, Math.abs(rewardSum))) {
      throw wrong(
          storage,
          "%s has a reward sum of %s, the manifest says %s"
              .formatted(game, rewardSum, stated.rewardSum()));
    }
    if (stated.play() != null) {
      StepTally tally = new StepTally();
      checks.forEach(check -> tally.add(check.counts()));
      StepCounts found = tally.counts();
      if (!found.actions().equals(stated.play().actions())
          || !found.rewards().equals(stated.play().rewards())) {
        throw wrong(storage, "the actions or rewards of " + game + " have other counts");
      }
    }
  }

  static InvalidInputException wrong(Storage storage, String what) {
    return new InvalidInputException(
        "Wrong manifest %s: %s. Ingest again."
            .formatted(storage.describe(Manifest.FILE_NAME), what));
  }
}
