package org.jowa.data.dataset;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import org.jowa.error.UsageException;

/**
 * Spreads whole episodes over lanes so that the lanes hold about equally many segments.
 *
 * @param lanes number of lanes
 * @param laneOf the lane of each episode, in the order they were given
 */
@SuppressWarnings("ArrayRecordComponent")
record LanePlan(int lanes, int[] laneOf) {
  static final int MOST_LANES = 4096;

  private static final int[] CHOICES = {64, 32, 16, 8, 4, 2, 1};
  private static final double LARGEST_DIFFERENCE = 0.05;

  /** Two ranks should find two lanes in a small data set too, though they hold less evenly much. */
  private static final int SMALL = 2;

  private static final double LARGEST_DIFFERENCE_OF_SMALL = 0.25;

  /**
   * The largest of 64, 32, .., 2 whose lanes differ by at most 5% of the fullest; else 2 if those
   * differ by at most a quarter; else 1.
   */
  static LanePlan balanced(long[] segments) {
    for (int lanes : CHOICES) {
      long[] loads = new long[lanes];
      int[] laneOf = spread(segments, loads);
      if (differ(loads) <= (lanes == SMALL ? LARGEST_DIFFERENCE_OF_SMALL : LARGEST_DIFFERENCE)) {
        return new LanePlan(lanes, laneOf);
      }
    }
    throw new IllegalArgumentException("No episode has a segment");
  }

  /** The difference of fullest and emptiest lane as a share of the fullest; 1 with an empty one. */
  private static double differ(long[] loads) {
    long fullest = Arrays.stream(loads).max().orElseThrow();
    long emptiest = Arrays.stream(loads).min().orElseThrow();
    return fullest == 0 ? 1 : (double) (fullest - emptiest) / fullest;
  }

  /**
   * @throws UsageException when a lane would be empty
   */
  static LanePlan of(int lanes, long[] segments) {
    if (lanes > segments.length) {
      throw new UsageException(
          "%d lanes were asked for, but there are only %d training episodes: ask for fewer lanes."
              .formatted(lanes, segments.length));
    }
    return new LanePlan(lanes, spread(segments, new long[lanes]));
  }

  /** Longest first, each to the lane that holds least; ties go by number. */
  private static int[] spread(long[] segments, long[] loads) {
    PriorityQueue<Integer> emptiest =
        new PriorityQueue<>(
            Comparator.<Integer>comparingLong(lane -> loads[lane]).thenComparing(lane -> lane));
    IntStream.range(0, loads.length).forEach(emptiest::add);
    int[] laneOf = new int[segments.length];
    IntStream.range(0, segments.length)
        .boxed()
        .sorted(Comparator.<Integer>comparingLong(i -> -segments[i]).thenComparing(i -> i))
        .forEach(
            i -> {
              int lane = emptiest.remove();
              laneOf[i] = lane;
              loads[lane] += segments[i];
              emptiest.add(lane);
            });
    return laneOf;
  }
}
