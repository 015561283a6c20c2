package org.jowa.jobs.scores;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Percentile bootstrap at 95%: resamples with replacement within each stratum (a game's episodes),
 * so that every game keeps its number of episodes. Equal inputs and seeds give equal intervals on
 * every machine, because the draws come from {@link Random}, whose sequence is specified.
 *
 * <p>Resampling a single value, or equal ones, gives an interval of no width that looks like
 * certainty; {@link #whyNoInterval} and {@link #whyNoDifference} tell when, and then there is none.
 *
 * @param resamples how often the statistic is computed anew; rliable's papers use 2,000 to 50,000
 * @param seed of the draws
 */
public record Bootstrap(int resamples, long seed) {
  /** 10,000 resamples, seed 0: the third digit of an interval no longer moves with the seed. */
  public static final Bootstrap STANDARD = new Bootstrap(10_000, 0);

  /** The share of resampled values that an interval holds. */
  public static final double CONFIDENCE = 0.95;

  /**
   * @throws IllegalArgumentException if {@code resamples} is not positive
   */
  public Bootstrap {
    if (resamples < 1) {
      throw new IllegalArgumentException("Resamples must be positive: " + resamples);
    }
  }

  /**
   * rliable's IQM: the interquartile mean of all runs of all games together.
   *
   * @param scoresPerGame normalised scores, one array of runs for each game
   */
  public Estimate interquartileMean(List<double[]> scoresPerGame) {
    return estimate(
        scoresPerGame, Scores::interquartileMeanInPlace, whyNoInterval(scoresPerGame) == null);
  }

  /**
   * Why the runs of some games allow no interval over all of them.
   *
   * @return a few words, null where they allow one
   */
  public static @Nullable String whyNoInterval(List<double[]> scoresPerGame) {
    if (scoresPerGame.stream().anyMatch(scores -> scores.length < 2)) {
      return "fewer than two episodes of a game";
    }
    return scoresPerGame.stream().noneMatch(Bootstrap::varies)
        ? "all episodes of a game are equal"
        : null;
  }

  /**
   * Why two samples allow no interval of the difference of their means.
   *
   * @return a few words, null where they allow one
   */
  public static @Nullable String whyNoDifference(double[] first, double[] second) {
    if (first.length < 2 || second.length < 2) {
      return "fewer than two episodes a side";
    }
    return varies(first) && varies(second) ? null : "all episodes of a side are equal";
  }

  private static boolean varies(double[] sample) {
    return Arrays.stream(sample).anyMatch(value -> value != sample[0]);
  }

  /** The mean of one sample. */
  public Estimate mean(double[] values) {
    List<double[]> sample = List.of(values);
    return estimate(sample, Scores::mean, whyNoInterval(sample) == null);
  }

  /** The mean of {@code first} minus the mean of {@code second}, two independent samples. */
  public Estimate differenceOfMeans(double[] first, double[] second) {
    return estimate(
        List.of(first, second),
        pooled ->
            Scores.mean(Arrays.copyOf(pooled, first.length))
                - Scores.mean(Arrays.copyOfRange(pooled, first.length, pooled.length)),
        whyNoDifference(first, second) == null);
  }

  /**
   * An interval of any statistic of scores by game.
   *
   * @param scores [games][values]
   * @param draw one resample of them
   * @param varies whether resamples can differ; if not, there is no interval
   */
  public Estimate of(
      double[][] scores,
      Function<Random, double[][]> draw,
      ToDoubleFunction<double[][]> statistic,
      boolean varies) {
    double value = statistic.applyAsDouble(scores);
    if (!varies) {
      return new Estimate(value, null, null);
    }
    Random random = new Random(seed);
    double[] statistics = new double[resamples];
    Arrays.setAll(statistics, resample -> statistic.applyAsDouble(draw.apply(random)));
    return interval(value, statistics);
  }

  /** {@code statistic} sees the strata one after the other and may reorder what it is given. */
  private Estimate estimate(
      List<double[]> strata, ToDoubleFunction<double[]> statistic, boolean withInterval) {
    double[] pooled = strata.stream().flatMapToDouble(Arrays::stream).toArray();
    if (pooled.length == 0) {
      throw new IllegalArgumentException("No values to resample");
    }
    double value = statistic.applyAsDouble(pooled.clone());
    if (!withInterval) {
      return new Estimate(value, null, null);
    }
    Random random = new Random(seed);
    double[] drawn = new double[pooled.length];
    double[] statistics = new double[resamples];
    for (int resample = 0; resample < resamples; resample++) {
      int next = 0;
      for (double[] stratum : strata) {
        for (int i = 0; i < stratum.length; i++) {
          drawn[next++] = stratum[random.nextInt(stratum.length)];
        }
      }
      statistics[resample] = statistic.applyAsDouble(drawn);
    }
    return interval(value, statistics);
  }

  private static Estimate interval(double value, double[] statistics) {
    Arrays.sort(statistics);
    double tail = (1 - CONFIDENCE) / 2;
    return new Estimate(value, quantile(statistics, tail), quantile(statistics, 1 - tail));
  }

  /** Linear between neighbours, as numpy's default. */
  private static double quantile(double[] sorted, double share) {
    double position = share * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
