package org.jowa.data.dataset;

import java.util.Arrays;
import java.util.List;

/**
 * What was done in a game's play. Steps count as often as their episode was drawn, episodes count
 * once.
 *
 * @param actions steps with each action, by its id in the full set of 18
 * @param rewards steps with each reward as it stands in the log, in ascending order
 * @param returns of the stored episodes, sums of the rewards in the log
 * @param lengths of the stored episodes, in steps
 */
public record Play(List<Long> actions, List<RewardCount> rewards, Spread returns, Spread lengths) {
  public Play {
    actions = List.copyOf(actions);
    rewards = List.copyOf(rewards);
  }

  /** Steps with one reward. */
  public record RewardCount(float reward, long steps) {}

  /** Mean and quantiles of a number, the ends included. */
  public record Spread(double mean, double min, double p25, double median, double p75, double max) {
    /** Of at least one number; quantiles are linear between the nearest two. */
    static Spread of(double[] values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      double mean = Arrays.stream(sorted).sum() / sorted.length;
      return new Spread(
          mean,
          sorted[0],
          quantile(sorted, 0.25),
          quantile(sorted, 0.5),
          quantile(sorted, 0.75),
          sorted[sorted.length - 1]);
    }

    private static double quantile(double[] sorted, double q) {
      double at = q * (sorted.length - 1);
      int below = (int) at;
      int above = Math.min(below + 1, sorted.length - 1);
      return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
  }
}
