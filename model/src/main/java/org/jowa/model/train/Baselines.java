package org.jowa.model.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jowa.model.diagnosis.LearningSums;
import org.jowa.model.settings.Gates;

/** Tells from held-out figures whether a stage that is nearly over has learned nothing. */
final class Baselines {
  /** Share of a stage's steps after which it should have begun to learn. */
  private static final double LATE = 0.75;

  /** Share of the codebook below which it has collapsed. */
  private static final double FEW_CODES = 0.05;

  /** Correlations that noise can give. */
  private static final double NO_CORRELATION = 0.05;

  private static final String REMEDY = "; bin/jowa diagnose RUN tells more";

  private Baselines() {}

  /**
   * @param step the step just done, from 0, in its stage
   * @param steps of the stage
   */
  static boolean isLate(long step, long steps) {
    return step + 1 >= LATE * steps;
  }

  static Optional<String> ofTokenizer(Map<String, Double> heldOut) {
    double use = heldOut.getOrDefault("codebookUse", 1.0);
    return use < FEW_CODES
        ? Optional.of(
            text("The tokenizer uses %.1f%% of its codes for held-out frames", 100 * use) + REMEDY)
        : Optional.empty();
  }

  static Optional<String> ofWorld(Map<String, Double> heldOut) {
    List<String> found = new ArrayList<>();
    if (heldOut.getOrDefault(LearningSums.REWARD_RECALL, 1.0) == 0) {
      found.add("The world model predicts none of the held-out rewards");
    }
    Double correlation = heldOut.get(LearningSums.RETURN_CORRELATION);
    if (correlation != null && correlation < NO_CORRELATION) {
      found.add(
          text("Q doesn't follow the returns of held-out play (correlation %.2f)", correlation));
    }
    double greedy = heldOut.getOrDefault(LearningSums.MOST_FREQUENT_ACTION, 0.0);
    double ofData = heldOut.getOrDefault(LearningSums.MOST_FREQUENT_OF_DATA, 0.0);
    double most = Gates.STANDARD.mostFrequentAction();
    if (greedy > most && ofData <= most) {
      found.add(
          text(
              "Q chooses one action of each game in %.0f%% of held-out states (the data: %.0f%%)",
              100 * greedy, 100 * ofData));
    }
    return found.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", found) + REMEDY);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
