package org.jowa.jobs.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jowa.env.game.ReferenceScores;
import org.jowa.jobs.html.Html;
import org.jowa.jobs.html.LineChart;
import org.jowa.jobs.html.Numbers;
import org.jowa.jobs.html.ScoreBars;
import org.jowa.jobs.html.ScoreBars.Player;
import org.jowa.jobs.results.Aggregates;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.results.GameResult;

/** Scores of every evaluation, the one to headline first. */
final class ScoresSection {
  /** With fewer games nothing is trimmed and an IQM is a mean. */
  private static final int FEWEST_GAMES_FOR_IQM = 4;

  private ScoresSection() {}

  static void add(Html html, RunContents run) {
    html.element("section").leaf("h2", "Scores");
    if (run.evaluations().isEmpty()) {
      html.element("p", "class", "absent")
          .text("No finished evaluation. ")
          .leaf("code", Missing.EVALUATE)
          .end();
    }
    if (run.evaluations().size() > 1) {
      html.add(ScoreTables.sideBySide(run.evaluations()));
    }
    List<LineChart> curves = ScoreCurves.of(run.evaluations());
    if (!curves.isEmpty()) {
      html.element("div", "class", "charts");
      curves.forEach(html::add);
      html.end();
    }
    Set<String> earlier = ScoreCurves.earlier(run.evaluations());
    for (int i = 0; i < run.evaluations().size(); i++) {
      EvaluationContents evaluation = run.evaluations().get(i);
      boolean folded = earlier.contains(evaluation.summary().name());
      if (folded) {
        html.element("details").leaf("summary", title(evaluation));
      }
      evaluation(html, evaluation, run.dataset(), "bars-" + i);
      if (folded) {
        html.end();
      }
    }
    html.end();
  }

  private static void evaluation(
      Html html, EvaluationContents evaluation, Optional<DatasetFacts> data, String id) {
    EvaluationSummary summary = evaluation.summary();
    html.element("article");
    html.leaf("h3", title(evaluation));
    html.leaf(
        "p",
        String.format(
            Locale.ROOT,
            "%s. Protocol %s. Checkpoint at step %s, seed %d.%s",
            capitalised(Words.planner(summary)),
            Words.protocol(summary.protocol()),
            Numbers.count(summary.model().step()),
            summary.seed(),
            Words.tuning(summary)),
        "class",
        "facts");
    List<ScoreBars.Bar> bars = bars(summary, data);
    if (!bars.isEmpty()) {
      html.leaf("h4", "Human-normalised score per game");
      html.add(ScoreBars.of(id, bars));
    }
    if (summary.cut()) {
      html.element("aside", "class", "callout")
          .element("p")
          .leaf(
              "strong",
              "Episodes were cut at %s steps. "
                  .formatted(Numbers.count(summary.protocol().maxSteps())))
          .text(
              "A cut return is not comparable with published scores, which are of whole episodes:"
                  + " what counts here is the difference from a random player under the same cut."
                  + " Human-normalised values are shown for orientation.")
          .end()
          .end();
    }
    html.add(ScoreTables.likeForLike(summary, data));
    html.add(ScoreTables.published(summary));
    if (summary.aggregates() != null) {
      html.leaf("p", BesidePublished.SOURCES, "class", "note");
      aggregates(html, summary, summary.aggregates());
      html.add(ScoreTables.besidePublished(summary));
    }
    ScoreTables.planning(summary).ifPresent(html::add);
    evaluation
        .rawScores()
        .ifPresent(
            file ->
                html.element("p", "class", "facts")
                    .text("Every episode's score: ")
                    .leaf("a", file, "href", file)
                    .end());
    html.end();
  }

  private static String title(EvaluationContents evaluation) {
    return "Evaluation “" + evaluation.summary().name() + "”";
  }

  private static void aggregates(Html html, EvaluationSummary summary, Aggregates aggregates) {
    html.add(ScoreTables.aggregates(summary, aggregates));
    html.leaf(
        "p",
        String.format(
            Locale.ROOT,
            "Intervals: percentile bootstrap, %s resamples within each game, seed %d. %s",
            Numbers.count(aggregates.bootstrap().resamples()),
            aggregates.bootstrap().seed(),
            aggregates.games() < FEWEST_GAMES_FOR_IQM
                ? "With fewer than four games the IQM of game means trims nothing, and no"
                    + " aggregate says much."
                : "The mean is that of the games: where Atlantis is among them, it decides it."),
        "class",
        "note");
  }

  private static List<ScoreBars.Bar> bars(EvaluationSummary summary, Optional<DatasetFacts> data) {
    List<ScoreBars.Bar> bars = new ArrayList<>();
    for (GameResult game : summary.games()) {
      ReferenceScores published = game.published();
      Double normalised = game.humanNormalised();
      if (published != null && normalised != null) {
        List<ScoreBars.Mark> marks = new ArrayList<>();
        if (game.random() != null) {
          marks.add(mark(Player.MEASURED_RANDOM, published, game.random().mean()));
        }
        ScoreTables.dataReturns(data, game.game())
            .ifPresent(returns -> marks.add(mark(Player.DATA, published, returns.mean())));
        marks.add(mark(Player.DQN, published, published.dqn()));
        bars.add(new ScoreBars.Bar(game.game(), normalised, game.truncated(), marks));
      }
    }
    return bars;
  }

  private static ScoreBars.Mark mark(Player player, ReferenceScores published, double score) {
    return new ScoreBars.Mark(player, published.humanNormalised(score));
  }

  private static String capitalised(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
