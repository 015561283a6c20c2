package org.jowa.jobs.inspect;

import java.util.ArrayList;
import java.util.List;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.GameCheck;
import org.jowa.data.dataset.ShardCheck;
import org.jowa.data.tokens.TokenSet;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jspecify.annotations.Nullable;

/**
 * Looks into a data set.
 *
 * @param data URI of the data set
 * @param verify whether to compare every hash and row of frames and tokens, one task for each
 *     shard, and to hash the frames of each game in the order of play
 */
public record InspectJob(String data, boolean verify) implements Job<Inspection> {
  /**
   * @throws org.jowa.error.InvalidInputException if something is not as the manifest says
   */
  @Override
  public Inspection run(SparkJobs jobs) {
    Dataset dataset = Dataset.open(data, SparkJobs.hadoop());
    return verify
        ? Inspection.verified(dataset, verify(jobs, data, dataset))
        : Inspection.of(dataset);
  }

  /** Returns what reading the games found. */
  private static List<GameCheck> verify(SparkJobs jobs, String data, Dataset dataset) {
    List<Unit> units = new ArrayList<>();
    int shards = dataset.manifest().shards().size();
    // First, since they take longest.
    dataset.games().forEach(game -> units.add(new Unit(game, null, 0)));
    for (int shard = 0; shard < shards; shard++) {
      units.add(new Unit(null, null, shard));
    }
    for (String tokenizer : TokenSet.tokenizers(dataset)) {
      for (int shard = 0; shard < shards; shard++) {
        units.add(new Unit(null, tokenizer, shard));
      }
    }
    List<ShardCheck> shardChecks = new ArrayList<>();
    List<GameCheck> gameChecks = new ArrayList<>();
    jobs.each(
            "verify",
            "parts",
            units.size(),
            units,
            (unit, progress) -> {
              Found found = check(data, unit);
              progress.advance(1);
              return found;
            })
        .forEach(
            part -> {
              if (part.shard() != null) {
                shardChecks.add(part.shard());
              }
              if (part.game() != null) {
                gameChecks.add(part.game());
              }
            });
    dataset.requireSums(shardChecks);
    return gameChecks;
  }

  /**
   * What one task reads.
   *
   * @param game all frames of a game in the order of play, or null
   * @param tokenizer hash of the token set, null for frames
   * @param shard its index
   */
  private record Unit(@Nullable String game, @Nullable String tokenizer, int shard) {}

  /** What it found, null where there is nothing to add up. */
  private record Found(@Nullable GameCheck game, @Nullable ShardCheck shard) {}

  private static Found check(String data, Unit unit) {
    Dataset dataset = Dataset.open(data, SparkJobs.hadoop());
    if (unit.game() != null) {
      return new Found(dataset.verify(unit.game()), null);
    }
    if (unit.tokenizer() != null) {
      TokenSet.open(dataset, unit.tokenizer()).verify(unit.shard(), dataset.episodes());
      return new Found(null, null);
    }
    return new Found(null, dataset.verifyShard(unit.shard()));
  }
}
