package org.jowa.jobs.results;

import java.util.List;
import java.util.function.ToDoubleBiFunction;
import org.jowa.env.game.ReferenceScores;
import org.jowa.jobs.scores.Aggregate;
import org.jowa.jobs.scores.Bootstrap;
import org.jowa.jobs.scores.Estimate;
import org.jowa.jobs.scores.ScoreMatrix;
import org.jowa.jobs.scores.Scores;
import org.jspecify.annotations.Nullable;

/**
 * Normalised scores over all games that have published scores.
 *
 * @param median of the games' mean scores
 * @param iqmOfGameMeans JOWA's IQM: mean of the games' mean scores without the {@code floor(0.25
 *     n)} games at either end
 * @param iqmOverRuns rliable's IQM over all episodes of all games, with its stratified bootstrap
 *     interval; null if a game has fewer than two episodes or no game's episodes differ
 * @param mean of the games' mean scores, which one game, Atlantis, can decide; with the interval of
 *     chance between episodes where there is one; null in summaries of earlier versions
 * @param optimalityGap how far scores stay below 1, those above counting as 1; null as well
 */
public record AggregateScores(
    double median,
    double iqmOfGameMeans,
    @Nullable Estimate iqmOverRuns,
    @Nullable Estimate mean,
    @Nullable Estimate optimalityGap) {

  static AggregateScores of(
      List<GameResult> games, ToDoubleBiFunction<ReferenceScores, Double> normalise) {
    double[] means =
        games.stream()
            .mapToDouble(game -> normalise.applyAsDouble(game.published(), game.agent().mean()))
            .toArray();
    List<double[]> runs =
        games.stream()
            .map(
                game ->
                    game.episodes().stream()
                        .mapToDouble(
                            episode ->
                                normalise.applyAsDouble(game.published(), episode.rawReturn()))
                        .toArray())
            .toList();
    ScoreMatrix matrix =
        new ScoreMatrix(
            runs.stream().map(game -> new double[][] {game}).toArray(double[][][]::new));
    return new AggregateScores(
        Scores.median(means),
        Scores.interquartileMean(means),
        Bootstrap.whyNoInterval(runs) == null ? Bootstrap.STANDARD.interquartileMean(runs) : null,
        matrix.overEpisodes(Aggregate.MEAN, Bootstrap.STANDARD),
        matrix.overEpisodes(Aggregate.OPTIMALITY_GAP, Bootstrap.STANDARD));
  }
}
