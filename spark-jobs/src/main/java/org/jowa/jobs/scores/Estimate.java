package org.jowa.jobs.scores;

import org.jspecify.annotations.Nullable;

/**
 * A value with its percentile bootstrap interval.
 *
 * @param value computed on all values, not the centre of the interval
 * @param low lower end of the interval, null where the values allow none
 * @param high upper end of the interval, null where the values allow none
 */
public record Estimate(double value, @Nullable Double low, @Nullable Double high) {
  /** Whether there is an interval. */
  public boolean hasInterval() {
    return low != null && high != null;
  }

  /** Whether there is an interval, and all of it is above a value. */
  public boolean isAbove(double other) {
    return low != null && low > other;
  }

  /** Whether there is an interval, and all of it is below a value. */
  public boolean isBelow(double other) {
    return high != null && high < other;
  }

  /** The value alone. */
  public Estimate withoutInterval() {
    return new Estimate(value, null, null);
  }
}
