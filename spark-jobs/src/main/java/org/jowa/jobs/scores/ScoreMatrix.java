package org.jowa.jobs.scores;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Normalised scores of one or more runs (trainings from several seeds) in some games, and the two
 * ways to resample them. Chance between episodes of the runs at hand and chance between trainings
 * are different things, and an interval is of one of them.
 */
public final class ScoreMatrix {
  private final double[][][] scores;

  /**
   * @param scores [games][runs][episodes], none empty
   */
  public ScoreMatrix(double[][][] scores) {
    this.scores = scores;
  }

  /** Trainings. */
  public int runs() {
    return scores[0].length;
  }

  /** All scores by game, [games][episodes of all runs]. */
  public double[][] byGame() {
    return Arrays.stream(scores).map(ScoreMatrix::joined).toArray(double[][]::new);
  }

  /** Resamples the episodes of each game and run. */
  public double[][] drawEpisodes(Random random) {
    return draw(
        (runs, index) -> {
          double[] episodes = runs[index];
          double[] drawn = new double[episodes.length];
          Arrays.setAll(drawn, i -> episodes[random.nextInt(episodes.length)]);
          return drawn;
        });
  }

  /** Resamples runs within each game, with all their episodes. */
  public double[][] drawRuns(Random random) {
    return draw((runs, index) -> runs[random.nextInt(runs.length)]);
  }

  /** Why episodes allow no interval, in a few words; null where they do. */
  public @Nullable String whyNoIntervalOverEpisodes() {
    return Bootstrap.whyNoInterval(Arrays.stream(scores).flatMap(Arrays::stream).toList());
  }

  /** Why runs allow no interval, in a few words; null where they do. */
  public @Nullable String whyNoIntervalOverRuns() {
    if (runs() < 2) {
      return "one run";
    }
    return Arrays.stream(scores).allMatch(ScoreMatrix::equal) ? "all runs are equal" : null;
  }

  /** An aggregate with the interval of chance between episodes. */
  public Estimate overEpisodes(Aggregate aggregate, Bootstrap bootstrap) {
    return bootstrap.of(
        byGame(), this::drawEpisodes, aggregate::of, whyNoIntervalOverEpisodes() == null);
  }

  /** An aggregate with the interval of chance between trainings. */
  public Estimate overRuns(Aggregate aggregate, Bootstrap bootstrap) {
    return bootstrap.of(byGame(), this::drawRuns, aggregate::of, whyNoIntervalOverRuns() == null);
  }

  /**
   * How likely these score higher than others, in the same games.
   *
   * @param overRuns whether the interval is that of chance between trainings, else between episodes
   */
  public Estimate improvementOver(ScoreMatrix other, boolean overRuns, Bootstrap bootstrap) {
    int games = scores.length;
    boolean varies =
        overRuns
            ? whyNoIntervalOverRuns() == null && other.whyNoIntervalOverRuns() == null
            : whyNoIntervalOverEpisodes() == null && other.whyNoIntervalOverEpisodes() == null;
    return bootstrap.of(
        both(byGame(), other.byGame()),
        random ->
            overRuns
                ? both(drawRuns(random), other.drawRuns(random))
                : both(drawEpisodes(random), other.drawEpisodes(random)),
        both ->
            Scores.probabilityOfImprovement(
                Arrays.copyOf(both, games), Arrays.copyOfRange(both, games, 2 * games)),
        varies);
  }

  private static double[][] both(double[][] first, double[][] second) {
    return Stream.concat(Arrays.stream(first), Arrays.stream(second)).toArray(double[][]::new);
  }

  @FunctionalInterface
  private interface Draw {
    double[] of(double[][] runs, int index);
  }

  private double[][] draw(Draw draw) {
    double[][] drawn = new double[scores.length][];
    for (int game = 0; game < drawn.length; game++) {
      double[][] runs = scores[game];
      double[][] parts = new double[runs.length][];
      Arrays.setAll(parts, run -> draw.of(runs, run));
      drawn[game] = joined(parts);
    }
    return drawn;
  }

  private static double[] joined(double[][] runs) {
    return runs.length == 1
        ? runs[0].clone()
        : Arrays.stream(runs).flatMapToDouble(Arrays::stream).toArray();
  }

  private static boolean equal(double[][] runs) {
    return List.of(runs).stream().allMatch(run -> Arrays.equals(run, runs[0]));
  }
}
