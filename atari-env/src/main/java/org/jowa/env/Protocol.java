package org.jowa.env;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jowa.error.Suggestion;
import org.jowa.error.UsageException;

/**
 * The rules under which scores are measured; scores of different protocols don't compare. Both play
 * a whole game as one episode (a lost life ends nothing) and sum raw rewards.
 */
public enum Protocol {
  /** The JOWA paper's: no sticky actions, at most 108,000 agent steps (2 hours of play). */
  JOWA(0.0, 108_000),
  /** Machado et al., 2018: sticky actions, at most 27,000 agent steps (30 minutes of play). */
  MACHADO(0.25, 27_000);

  private final double stickyActions;
  private final int maxSteps;

  Protocol(double stickyActions, int maxSteps) {
    this.stickyActions = stickyActions;
    this.maxSteps = maxSteps;
  }

  /** Probability that an emulator frame repeats the action before. */
  public double stickyActions() {
    return stickyActions;
  }

  /** Agent steps (of four emulator frames) after which an episode is cut. */
  public int maxSteps() {
    return maxSteps;
  }

  /** {@code jowa} or {@code machado}: the name on the command line and in reports. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The protocol of that name.
   *
   * @throws UsageException if there is none
   */
  public static Protocol byName(String name) {
    List<String> known = Arrays.stream(values()).map(Protocol::id).toList();
    if (!known.contains(name)) {
      throw new UsageException(
          "Unknown protocol '%s': expected %s%s"
              .formatted(name, String.join(" or ", known), Suggestion.didYouMean(name, known)));
    }
    return values()[known.indexOf(name)];
  }
}
