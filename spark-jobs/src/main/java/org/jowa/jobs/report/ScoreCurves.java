package org.jowa.jobs.report;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jowa.jobs.html.LineChart;
import org.jowa.jobs.html.LineChart.Point;
import org.jowa.jobs.results.Aggregates;
import org.jowa.jobs.results.EvaluationProtocol;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.results.GameResult;

/** Scores over training, where a run was evaluated in the same way at several checkpoints. */
final class ScoreCurves {
  private ScoreCurves() {}

  /** What has to be the same for scores to lie on one curve. */
  private record Way(
      EvaluationProtocol protocol,
      String planner,
      Map<String, String> settings,
      long seed,
      List<String> games,
      List<Integer> episodes) {
    static Way of(EvaluationSummary summary) {
      return new Way(
          summary.protocol(),
          summary.planner(),
          summary.plannerSettings(),
          summary.seed(),
          summary.games().stream().map(GameResult::game).toList(),
          summary.games().stream().map(game -> game.agent().episodes()).toList());
    }
  }

  /** A chart for each way that more than one checkpoint was evaluated in. */
  static List<LineChart> of(List<EvaluationContents> evaluations) {
    List<LineChart> charts = new ArrayList<>();
    for (Map<Long, EvaluationSummary> curve : curves(evaluations)) {
      EvaluationSummary any = curve.values().iterator().next();
      List<String> published = new ArrayList<>();
      List<String> others = new ArrayList<>();
      any.games().forEach(game -> (game.published() == null ? others : published).add(game.game()));
      LineChart normalised =
          LineChart.titled(title(any, published), "human-normalised, mean of a game");
      if (published.size() > LineChart.MAX_LINES) {
        normalised.line(
            line("IQM of game means", curve, of -> aggregates(of).human().iqmOfGameMeans()));
        normalised.line(line("Median of games", curve, of -> aggregates(of).human().median()));
      } else {
        published.forEach(
            name -> normalised.line(line(name, curve, of -> game(of, name).humanNormalised())));
      }
      charts.add(normalised);
      for (String name : others) {
        charts.add(
            LineChart.titled(title(any, List.of(name)), "raw return, mean")
                .line(line(name, curve, of -> game(of, name).agent().mean())));
      }
    }
    return charts.stream().filter(chart -> !chart.isEmpty()).toList();
  }

  private static Aggregates aggregates(EvaluationSummary summary) {
    return requireNonNull(summary.aggregates());
  }

  /** Evaluations of checkpoints that were evaluated in the same way later on in training. */
  static Set<String> earlier(List<EvaluationContents> evaluations) {
    Set<String> names = new HashSet<>();
    for (TreeMap<Long, EvaluationSummary> curve : curves(evaluations)) {
      curve.headMap(curve.lastKey()).values().forEach(summary -> names.add(summary.name()));
    }
    return names;
  }

  /** By step, two or more each. */
  private static List<TreeMap<Long, EvaluationSummary>> curves(
      List<EvaluationContents> evaluations) {
    Map<Way, TreeMap<Long, EvaluationSummary>> ways = new LinkedHashMap<>();
    for (EvaluationContents evaluation : evaluations) {
      EvaluationSummary summary = evaluation.summary();
      ways.computeIfAbsent(Way.of(summary), way -> new TreeMap<>())
          .putIfAbsent(summary.model().step(), summary);
    }
    return ways.values().stream().filter(steps -> steps.size() > 1).toList();
  }

  private static String title(EvaluationSummary any, List<String> games) {
    return "Score over training%s, %s"
        .formatted(games.size() == 1 ? " in " + games.get(0) : "", Words.planner(any));
  }

  private static LineChart.Line line(
      String name, Map<Long, EvaluationSummary> curve, Function<EvaluationSummary, Double> of) {
    List<Point> points = new ArrayList<>();
    curve.forEach((step, summary) -> points.add(new Point(step, of.apply(summary))));
    return new LineChart.Line(name, points);
  }

  private static GameResult game(EvaluationSummary summary, String name) {
    return summary.games().stream()
        .filter(game -> game.game().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
