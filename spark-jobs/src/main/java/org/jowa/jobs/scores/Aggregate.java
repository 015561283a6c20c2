package org.jowa.jobs.scores;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/** What normalised scores of several games are put together to. */
public enum Aggregate {
  /** Of the games' means; one game, Atlantis, can decide it. */
  MEAN("Mean of games", games -> Scores.mean(means(games))),
  /** The middle game. */
  MEDIAN("Median of games", games -> Scores.median(means(games))),
  /** JOWA's headline. */
  IQM_OF_GAMES("IQM of game means (JOWA)", games -> Scores.interquartileMean(means(games))),
  /** rliable's. */
  IQM_OF_EPISODES(
      "IQM of all episodes (rliable)",
      games ->
          Scores.interquartileMeanInPlace(
              Arrays.stream(games).flatMapToDouble(Arrays::stream).toArray())),
  /** How far scores stay below 1, those above counting as 1; less is better (rliable's). */
  OPTIMALITY_GAP("Optimality gap", games -> Scores.mean(gaps(games)));

  private final String title;
  private final ToDoubleFunction<double[][]> statistic;

  Aggregate(String title, ToDoubleFunction<double[][]> statistic) {
    this.title = title;
    this.statistic = statistic;
  }

  /** Its name for people. */
  public String title() {
    return title;
  }

  /**
   * @param scores [games][normalised scores], none empty
   */
  public double of(double[][] scores) {
    return statistic.applyAsDouble(scores);
  }

  private static double[] means(double[][] games) {
    return Arrays.stream(games).mapToDouble(Scores::mean).toArray();
  }

  private static double[] gaps(double[][] games) {
    return Arrays.stream(games)
        .mapToDouble(
            game ->
                Arrays.stream(game).map(score -> 1 - Math.min(score, 1)).average().orElseThrow())
        .toArray();
  }
}
