package org.jowa.data.ingest;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import org.jowa.data.dataset.Sampling;
import org.jowa.data.replay.ReplayRows;
import org.jowa.env.game.Games;
import org.jowa.error.UsageException;
import org.jspecify.annotations.Nullable;

/**
 * What to take from replay logs and how to lay it out. Two ingests with equal options make equal
 * bytes, whatever the number of tasks.
 *
 * @param source folder or URI of the logs, {@code {Game}/{run}/replay_logs} below it, or a pattern
 *     of several such
 * @param games names in the order that decides draws and layout; empty takes all found, by name
 * @param rows which rows make up the episodes
 * @param stepsPerGame null takes every ended episode once; a number samples about so many steps of
 *     each game by the reference's rule (spec 5.2): episodes of 2 runs
 * @param sampling how those episodes are drawn
 * @param seed of the draws and of the held-out split
 * @param heldOutFraction share of each game's episodes that training never sees; above 0 it is at
 *     least one episode of a game that has two
 * @param lanes null for the largest of 64, 32, .., 1 whose lanes differ by at most 5%
 * @param rowsPerShard about how many rows a shard has at most
 * @param onBadSource what to do about missing and damaged files
 */
@RecordBuilder
public record IngestOptions(
    String source,
    List<String> games,
    ReplayRows rows,
    @Nullable Long stepsPerGame,
    Sampling sampling,
    long seed,
    double heldOutFraction,
    @Nullable Integer lanes,
    int rowsPerShard,
    BadSource onBadSource)
    implements IngestOptionsBuilder.With {
  /** About 16 MB compressed, 460 MB inflated. */
  public static final int DEFAULT_ROWS_PER_SHARD = 65_536;

  /** Runs that the reference draws of a game's five. */
  static final int SAMPLED_RUNS = 2;

  /**
   * @throws UsageException when a value is out of range or a game unknown
   */
  public IngestOptions {
    games = games.stream().map(name -> Games.byName(name).name()).distinct().toList();
    if (stepsPerGame != null && stepsPerGame < 1) {
      throw new UsageException("steps-per-game is " + stepsPerGame + ", it has to be at least 1.");
    }
    if (!(heldOutFraction >= 0 && heldOutFraction < 1)) {
      throw new UsageException(
          "held-out-fraction is " + heldOutFraction + ", it has to be in [0, 1).");
    }
    if (lanes != null && (lanes < 1 || lanes > LanePlan.MOST_LANES)) {
      throw new UsageException(
          "lanes is " + lanes + ", it has to be in 1.." + LanePlan.MOST_LANES + ".");
    }
    if (rowsPerShard < 1) {
      throw new UsageException("rows-per-shard is " + rowsPerShard + ", it has to be at least 1.");
    }
  }

  /** Everything of all games once. */
  public static IngestOptions everything(String source, double heldOutFraction, long seed) {
    return new IngestOptions(
        source,
        List.of(),
        ReplayRows.JOINED,
        null,
        Sampling.WITH_REPLACEMENT,
        seed,
        heldOutFraction,
        null,
        DEFAULT_ROWS_PER_SHARD,
        BadSource.FAIL);
  }
}
