package org.jowa.jobs.scores;

import java.util.Arrays;

/** The arithmetic of Atari scores (spec sections 7 and B; Agarwal et al. 2021 for rliable). */
public final class Scores {
  private static final double TRIMMED_SHARE = 0.25;

  private Scores() {}

  /**
   * The arithmetic mean.
   *
   * @throws IllegalArgumentException if {@code values} is empty
   */
  public static double mean(double... values) {
    checkNotEmpty(values);
    return Arrays.stream(values).sum() / values.length;
  }

  /**
   * The median; of an even count, the mean of the middle two.
   *
   * @throws IllegalArgumentException if {@code values} is empty
   */
  public static double median(double... values) {
    checkNotEmpty(values);
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /**
   * The sample standard deviation (n - 1 in the denominator); 0 for a single value.
   *
   * @throws IllegalArgumentException if {@code values} is empty
   */
  public static double standardDeviation(double... values) {
    double mean = mean(values);
    double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    return values.length == 1 ? 0 : Math.sqrt(squares / (values.length - 1));
  }

  /**
   * The standard error of the mean: standard deviation of a sample by the root of its size; 0 for a
   * single value.
   *
   * @throws IllegalArgumentException if {@code values} is empty
   */
  public static double standardError(double... values) {
    return standardDeviation(values) / Math.sqrt(values.length);
  }

  /**
   * How likely a score of {@code first} is above one of {@code second}, ties counting half, mean
   * over games (rliable's probability of improvement: the Mann-Whitney U statistic by its largest
   * value).
   *
   * @param first [games][scores]
   * @param second the same games in the same order
   */
  public static double probabilityOfImprovement(double[][] first, double[][] second) {
    double sum = 0;
    for (int game = 0; game < first.length; game++) {
      double[] sorted = second[game].clone();
      Arrays.sort(sorted);
      long halves = 0;
      for (double value : first[game]) {
        halves += countBelow(sorted, value, false) + countBelow(sorted, value, true);
      }
      sum += halves / (2.0 * first[game].length * sorted.length);
    }
    return sum / first.length;
  }

  /** Values below {@code value}, or not above it. */
  private static int countBelow(double[] sorted, double value, boolean orEqual) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < value || (orEqual && sorted[middle] == value)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * The interquartile mean: the mean after dropping {@code floor(0.25 n)} values at either end.
   * Over the means of the games it is JOWA's headline; over all runs of all games it is rliable's.
   * With fewer than 4 values nothing is dropped.
   *
   * @throws IllegalArgumentException if {@code values} is empty
   */
  public static double interquartileMean(double... values) {
    checkNotEmpty(values);
    double[] sorted = values.clone();
    return interquartileMeanInPlace(sorted);
  }

  static double interquartileMeanInPlace(double[] values) {
    Arrays.sort(values);
    int dropped = trimmedAtEitherEnd(values.length);
    double sum = 0;
    for (int i = dropped; i < values.length - dropped; i++) {
      sum += values[i];
    }
    return sum / (values.length - 2 * dropped);
  }

  /** How many of {@code count} values the interquartile mean drops at either end. */
  public static int trimmedAtEitherEnd(int count) {
    return (int) (TRIMMED_SHARE * count);
  }

  private static void checkNotEmpty(double[] values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("No values to summarise");
    }
  }
}
