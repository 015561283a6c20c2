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

  /** The value alone. */
  public Estimate withoutInterval() {
    return new Estimate(value, null, null);
  }
}
