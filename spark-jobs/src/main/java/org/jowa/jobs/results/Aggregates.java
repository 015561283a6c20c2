package org.jowa.jobs.results;

import java.util.List;
import org.jowa.env.game.ReferenceScores;
import org.jowa.jobs.scores.Bootstrap;
import org.jspecify.annotations.Nullable;

/**
 * The aggregates of an evaluation.
 *
 * @param games how many games they are over: those with published scores
 * @param superhuman how many of them have a mean above the published human score
 * @param human normalised with human as 1
 * @param dqn normalised with DQN as 1
 * @param bootstrap how the intervals were drawn
 */
public record Aggregates(
    int games, int superhuman, AggregateScores human, AggregateScores dqn, Bootstrap bootstrap) {

  /** Null if no game has published scores. */
  static @Nullable Aggregates of(List<GameResult> results) {
    List<GameResult> games = results.stream().filter(result -> result.published() != null).toList();
    if (games.isEmpty()) {
      return null;
    }
    return new Aggregates(
        games.size(),
        (int) games.stream().filter(GameResult::superhuman).count(),
        AggregateScores.of(games, ReferenceScores::humanNormalised),
        AggregateScores.of(games, ReferenceScores::dqnNormalised),
        Bootstrap.STANDARD);
  }
}
