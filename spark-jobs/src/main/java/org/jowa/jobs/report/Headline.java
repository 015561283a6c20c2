package org.jowa.jobs.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jowa.jobs.html.Numbers;
import org.jowa.jobs.report.DatasetFacts.GameFacts;
import org.jowa.jobs.results.Aggregates;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.results.GameResult;
import org.jowa.jobs.scores.Estimate;

/**
 * What was trained on what and what came out, in a few words.
 *
 * @param sentences about training and evaluation
 * @param figures the scores to show large
 */
record Headline(List<String> sentences, List<Figure> figures) {
  /** With more games than this, aggregates say more than a row of scores. */
  private static final int MOST_GAMES_ONE_BY_ONE = 3;

  private static final Map<String, String> STAGES =
      Map.of(
          "behaviour",
          "the behaviour stage",
          "neighbourhood",
          "the neighbourhood stage",
          "stage1",
          "stage 1 (world model)",
          "stage2",
          "stage 2 (world model and Q-function)");

  /**
   * A number to show large.
   *
   * @param value the number, as text
   * @param beside what to compare it with
   */
  record Figure(String label, String value, String beside) {}

  static Headline of(RunContents run) {
    List<String> sentences = new ArrayList<>();
    run.dataset().ifPresent(data -> sentences.add(data(data)));
    training(run.metrics()).ifPresent(sentences::add);
    if (run.evaluations().isEmpty()) {
      sentences.add("Not evaluated yet.");
      return new Headline(sentences, List.of());
    }
    EvaluationSummary summary = run.evaluations().get(0).summary();
    sentences.add(evaluation(summary));
    return new Headline(sentences, figures(summary));
  }

  private static String data(DatasetFacts data) {
    return "Trained offline on %s of %s (%s)."
        .formatted(
            Words.counted(data.steps(), "recorded step"),
            Words.games(data.games().stream().map(GameFacts::game).toList()),
            Words.counted(data.episodes(), "episode"));
  }

  private static Optional<String> training(LoggedMetrics metrics) {
    List<String> parts = new ArrayList<>();
    metrics
        .lastStep(LoggedMetrics.TOKENIZER)
        .ifPresent(step -> parts.add("tokenizer " + Words.counted(step, "step")));
    long before = 0;
    for (String stage : metrics.worldStages().keySet()) {
      long last = metrics.lastStep(stage).orElseThrow();
      parts.add(STAGES.getOrDefault(stage, stage) + " " + Words.counted(last - before, "step"));
      before = last;
    }
    return parts.isEmpty()
        ? Optional.empty()
        : Optional.of("Training: " + String.join(", ", parts) + ".");
  }

  private static String evaluation(EvaluationSummary summary) {
    int episodes = summary.games().stream().mapToInt(game -> game.agent().episodes()).sum();
    return "Evaluation “%s”: %s of %s with %s%s."
        .formatted(
            summary.name(),
            Words.counted(episodes, "episode"),
            Words.games(summary.games().stream().map(GameResult::game).toList()),
            Words.planner(summary),
            summary.protocol().shortened()
                ? ", cut at %s steps each".formatted(Numbers.count(summary.protocol().maxSteps()))
                : "");
  }

  private static List<Figure> figures(EvaluationSummary summary) {
    if (summary.games().size() <= MOST_GAMES_ONE_BY_ONE || summary.aggregates() == null) {
      return summary.games().stream()
          .limit(MOST_GAMES_ONE_BY_ONE)
          .map(game -> game(game, summary.protocol().maxSteps()))
          .toList();
    }
    Aggregates aggregates = summary.aggregates();
    List<Figure> figures = new ArrayList<>();
    figures.add(
        new Figure(
            "IQM of game means, human-normalised",
            Numbers.normalised(aggregates.human().iqmOfGameMeans()),
            Words.counted(aggregates.games(), "game") + "; random 0, human 1"));
    Estimate overRuns = aggregates.human().iqmOverRuns();
    if (summary.whyNoIntervalOverRuns() == null
        && overRuns != null
        && overRuns.low() != null
        && overRuns.high() != null) {
      figures.add(
          new Figure(
              "IQM over all runs (rliable), human-normalised",
              Numbers.normalised(overRuns.value()),
              "95%% interval %s to %s"
                  .formatted(
                      Numbers.normalised(overRuns.low()), Numbers.normalised(overRuns.high()))));
    }
    figures.add(
        new Figure(
            "Games above human",
            aggregates.superhuman() + " of " + aggregates.games(),
            "median " + Numbers.normalised(aggregates.human().median())));
    return figures;
  }

  private static Figure game(GameResult game, int maxSteps) {
    List<String> beside = new ArrayList<>();
    if (game.random() != null && game.advantageOverRandom() != null) {
      beside.add("random, same rules: " + Numbers.score(game.random().mean()));
      beside.add(Words.verdict(game, game.advantageOverRandom()));
    } else if (game.published() != null && !game.truncated()) {
      beside.add("random " + Numbers.score(game.published().random()));
      beside.add("human " + Numbers.score(game.published().human()));
    }
    return new Figure(
        game.game()
            + " · mean raw return"
            + (game.truncated() ? ", cut at %s steps".formatted(Numbers.count(maxSteps)) : ""),
        Numbers.score(game.agent().mean()),
        String.join(" · ", beside));
  }
}
