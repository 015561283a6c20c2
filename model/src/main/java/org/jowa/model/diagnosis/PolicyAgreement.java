package org.jowa.model.diagnosis;

import java.util.Arrays;
import java.util.List;
import org.jowa.model.settings.WorldConfig;

/**
 * Whether the greedy action is that of the best recorded play where the choice matters.
 *
 * <p>Most steps of a game want its most frequent action or take any. What counts are decisive
 * steps: those at which the best held-out episodes take another action than their most frequent
 * one. On them the baseline is the best that a player of one action can get: the share of the
 * action that is most frequent there. A constant policy never exceeds it.
 */
final class PolicyAgreement {
  static final String DECISIVE = "agreement on decisive steps";

  private final long[][] counts = new long[WorldConfig.ACTIONS][WorldConfig.ACTIONS];

  /**
   * A step of the best episodes.
   *
   * @param greedy action of the largest Q
   * @param taken action of the record
   */
  void add(int greedy, int taken) {
    counts[taken][greedy]++;
  }

  /** The figures of the policy. */
  List<Figure> figures() {
    long[] taken = Arrays.stream(counts).mapToLong(row -> Arrays.stream(row).sum()).toArray();
    int mostFrequent = largest(taken);
    long all = Arrays.stream(taken).sum();
    long agreed = 0;
    for (int action = 0; action < taken.length; action++) {
      agreed += counts[action][action];
    }
    long decisive = all - taken[mostFrequent];
    double agreement = (double) (agreed - counts[mostFrequent][mostFrequent]) / decisive;
    long countOfMostFrequent = taken[mostFrequent];
    taken[mostFrequent] = 0;
    double constant = (double) taken[largest(taken)] / decisive;
    return List.of(
        Figure.of(DECISIVE, agreement, constant),
        Figure.of(
            "agreement on all steps", (double) agreed / all, (double) countOfMostFrequent / all),
        Figure.of("decisive steps", decisive));
  }

  private static int largest(long[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }
}
