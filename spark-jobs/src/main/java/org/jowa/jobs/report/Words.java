package org.jowa.jobs.report;

import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.stream.Collectors;
import org.jowa.jobs.html.Numbers;
import org.jowa.jobs.results.EvaluationProtocol;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.results.GameResult;
import org.jowa.jobs.results.ShownEpisode;
import org.jowa.jobs.scores.Estimate;

/** Facts as people say them, the same in the page and in Markdown. */
final class Words {
  private Words() {}

  /** {@code 1 line}, {@code 3 lines}. */
  static String counted(long count, String noun) {
    return Numbers.count(count) + " " + noun + (count == 1 ? "" : "s");
  }

  /** {@code A}, {@code A and B}, {@code A, B and C}; above five only their count. */
  static String games(List<String> names) {
    return switch (names.size()) {
      case 0 -> "no games";
      case 1 -> names.get(0);
      case 2, 3, 4, 5 ->
          String.join(", ", names.subList(0, names.size() - 1))
              + " and "
              + names.get(names.size() - 1);
      default -> counted(names.size(), "game");
    };
  }

  static String planner(EvaluationSummary summary) {
    String name =
        switch (summary.planner()) {
          case "none" -> "no planning";
          case "behaviour" -> "what players do, drawn";
          case "beam" -> "beam search";
          case "mcts" -> "Monte Carlo tree search";
          default -> summary.planner();
        };
    return summary.plannerSettings().isEmpty()
        ? name
        : name + " (" + settings(summary.plannerSettings()) + ")";
  }

  /** {@code best of 8: 21.0, its last 450 steps}. */
  static String shown(ShownEpisode shown, GameResult game) {
    int steps = shown.episode().steps();
    String stretch =
        steps <= ShownEpisode.LONGEST_CLIP
            ? ""
            : ", its %s %s steps"
                .formatted(
                    shown.firstStep() == 0 ? "first" : "last",
                    Numbers.count(ShownEpisode.LONGEST_CLIP));
    return "%s of %s: %s%s"
        .formatted(
            shown.kind(),
            Numbers.count(game.agent().episodes()),
            Numbers.score(shown.episode().rawReturn()),
            stretch);
  }

  /** A sentence on where settings of a game were chosen, with a space before; or nothing. */
  static String tuning(EvaluationSummary summary) {
    String seed = summary.plannerSettings().get(EvaluationSummary.TUNED_ON);
    return seed == null
        ? ""
        : " Planner settings of games were chosen by play on seed %s, apart from these scores."
            .formatted(seed);
  }

  private static String settings(Map<String, String> settings) {
    return settings.entrySet().stream()
        .filter(setting -> !setting.getKey().equals(EvaluationSummary.TUNED_ON))
        .map(setting -> setting.getKey() + " " + setting.getValue())
        .collect(Collectors.joining(", "));
  }

  static String protocol(EvaluationProtocol protocol) {
    return "%s: sticky actions %s, at most %s agent steps an episode"
            .formatted(
                protocol.name(),
                protocol.stickyActions() == 0
                    ? "off"
                    : Numbers.significant(protocol.stickyActions()),
                Numbers.count(protocol.maxSteps()))
        + (protocol.shortened()
            ? " (the protocol itself allows " + Numbers.count(protocol.protocolSteps()) + ")"
            : "");
  }

  /** {@code +3.9 [1.2, 6.1]}, or {@code +3.9} where there is no interval. */
  static String difference(Estimate estimate) {
    return Numbers.difference(estimate.value()) + interval(estimate, Numbers::score);
  }

  /** {@code 0.73 [0.69, 0.77]}, or {@code 0.73} where there is no interval. */
  static String normalised(Estimate estimate) {
    return Numbers.normalised(estimate.value()) + interval(estimate, Numbers::normalised);
  }

  private static String interval(Estimate estimate, DoubleFunction<String> format) {
    Double low = estimate.low();
    Double high = estimate.high();
    return low == null || high == null
        ? ""
        : " [%s, %s]".formatted(format.apply(low), format.apply(high));
  }

  /** What the interval of agent minus random allows to say. */
  static String verdict(GameResult game, Estimate advantage) {
    if (!advantage.hasInterval()) {
      return "no verdict: " + game.whyNoVerdict();
    }
    if (advantage.isAbove(0)) {
      return "better than random";
    }
    return advantage.isBelow(0) ? "worse than random" : "not told apart from random";
  }
}
