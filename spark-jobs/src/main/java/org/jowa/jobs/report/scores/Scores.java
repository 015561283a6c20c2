package org.jowa.jobs.report.scores;

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
