package org.jowa.jobs.report.evaluation;

import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jowa.jobs.report.scores.Bootstrap;
import org.jowa.jobs.report.scores.Estimate;
import org.jowa.jobs.report.scores.Scores;

/**
 * Normalised scores over all games that have published scores. There is no mean among them: one
 * game, Atlantis, would decide it.
 *
 * @param median of the games' mean scores
 * @param iqmOfGameMeans JOWA's IQM: mean of the games' mean scores without the {@code floor(0.25
 *     n)} games at either end
 * @param iqmOverRuns rliable's IQM over all episodes of all games, with its stratified bootstrap
 *     interval; null if a game has fewer than two episodes
 */
public record AggregateScores(double median, double iqmOfGameMeans, Estimate iqmOverRuns) {

  static AggregateScores of(List<GameResult> games, ToDoubleFunction<PublishedScores> reference) {
    double[] means =
        games.stream()
            .mapToDouble(game -> normalised(game, game.agent().mean(), reference))
            .toArray();
    boolean severalRuns = games.stream().allMatch(game -> game.episodes().size() > 1);
    List<double[]> runs =
        games.stream()
            .map(
                game ->
                    game.episodes().stream()
                        .mapToDouble(episode -> normalised(game, episode.rawReturn(), reference))
                        .toArray())
            .toList();
    return new AggregateScores(
        Scores.median(means),
        Scores.interquartileMean(means),
        severalRuns ? Bootstrap.STANDARD.interquartileMean(runs) : null);
  }

  private static double normalised(
      GameResult game, double score, ToDoubleFunction<PublishedScores> reference) {
    return Scores.normalised(
        score, game.published().random(), reference.applyAsDouble(game.published()));
  }
}
