package org.jowa.jobs.html;

import java.util.ArrayList;
import java.util.List;

/**
 * A stretch of numbers with round ticks.
 *
 * @param low value at the start
 * @param high value at the end, above {@code low}
 * @param logarithmic whether equal distances are equal factors
 * @param ticks values to label, within the stretch
 */
record Axis(double low, double high, boolean logarithmic, List<Double> ticks) {
  /** Above this ratio of the largest to the smallest value a linear axis hides what happens. */
  private static final double LOGARITHMIC_FROM = 200;

  private static final double[] STEPS = {1, 2, 5, 10};

  /** An axis over values from {@code min} to {@code max} with about {@code wanted} ticks. */
  static Axis over(double min, double max, int wanted) {
    double low = min;
    double high = max;
    if (!(high > low)) {
      double room = low == 0 ? 1 : Math.abs(low) * 0.1;
      low -= room;
      high += room;
    }
    double step = step((high - low) / wanted);
    double first = Math.floor(low / step + 1e-9) * step;
    double last = Math.ceil(high / step - 1e-9) * step;
    return new Axis(first, last, false, multiples(step, first, last));
  }

  /** As {@link #over}, but logarithmic where positive values differ by a large factor. */
  static Axis fitting(double min, double max, int wanted) {
    if (min > 0 && max / min > LOGARITHMIC_FROM) {
      return decades(min, max);
    }
    // A zero line tells more than a cropped axis unless the values lie far from it.
    boolean nearZero = min > 0 && min < 0.5 * max;
    return over(nearZero ? 0 : min, max, wanted);
  }

  /** An axis from {@code low} to {@code high} exactly, ticks at round values within. */
  static Axis exactly(double low, double high, int wanted) {
    double end = high > low ? high : low + 1;
    double step = step((end - low) / wanted);
    return new Axis(low, end, false, multiples(step, Math.ceil(low / step - 1e-9) * step, end));
  }

  /** Where {@code value} lies, as a share of the axis from 0 to 1. */
  double position(double value) {
    return logarithmic
        ? (Math.log10(value) - Math.log10(low)) / (Math.log10(high) - Math.log10(low))
        : (value - low) / (high - low);
  }

  private static Axis decades(double min, double max) {
    int first = (int) Math.floor(Math.log10(min) + 1e-9);
    int last = (int) Math.ceil(Math.log10(max) - 1e-9);
    int every = Math.max(1, (last - first + 3) / 4);
    List<Double> ticks = new ArrayList<>();
    for (int decade = first; decade <= last; decade += every) {
      ticks.add(Math.pow(10, decade));
    }
    return new Axis(Math.pow(10, first), Math.pow(10, last), true, ticks);
  }

  private static double step(double rough) {
    double magnitude = Math.pow(10, Math.floor(Math.log10(rough)));
    for (double step : STEPS) {
      if (step * magnitude >= rough * 0.999) {
        return step * magnitude;
      }
    }
    return 10 * magnitude;
  }

  private static List<Double> multiples(double step, double from, double to) {
    List<Double> ticks = new ArrayList<>();
    long first = Math.round(from / step);
    for (long i = first; i * step <= to + step * 1e-9; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }
}
