package org.jowa.jobs.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jowa.jobs.report.evaluation.EvaluationProtocol;
import org.jowa.jobs.report.evaluation.EvaluationSummary;
import org.jowa.jobs.report.evaluation.GameResult;
import org.jowa.jobs.report.html.LineChart;
import org.jowa.jobs.report.html.LineChart.Point;

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
    Map<Way, Map<Long, EvaluationSummary>> ways = new LinkedHashMap<>();
    for (EvaluationContents evaluation : evaluations) {
      EvaluationSummary summary = evaluation.summary();
      ways.computeIfAbsent(Way.of(summary), way -> new TreeMap<>())
          .putIfAbsent(summary.model().step(), summary);
    }
    List<LineChart> charts = new ArrayList<>();
    ways.values().stream()
        .filter(steps -> steps.size() > 1)
        .map(ScoreCurves::chart)
        .filter(chart -> !chart.isEmpty())
        .forEach(charts::add);
    return charts;
  }

  private static LineChart chart(Map<Long, EvaluationSummary> steps) {
    EvaluationSummary any = steps.values().iterator().next();
    LineChart chart =
        LineChart.titled(
            "Score over training, " + Words.planner(any), "human-normalised, mean of a game");
    for (int i = 0; i < any.games().size(); i++) {
      List<Point> points = new ArrayList<>();
      int game = i;
      steps.forEach(
          (step, summary) -> {
            Double score = summary.games().get(game).humanNormalised();
            if (score != null) {
              points.add(new Point(step, score));
            }
          });
      chart.line(new LineChart.Line(any.games().get(i).game(), points));
    }
    return chart;
  }
}
