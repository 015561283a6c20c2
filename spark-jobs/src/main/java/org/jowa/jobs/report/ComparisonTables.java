package org.jowa.jobs.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jowa.env.game.Games;
import org.jowa.env.game.ReferenceScores;
import org.jowa.jobs.html.LineChart;
import org.jowa.jobs.html.LineChart.Point;
import org.jowa.jobs.html.Numbers;
import org.jowa.jobs.html.Table;
import org.jowa.jobs.report.Comparison.Improvement;
import org.jowa.jobs.report.Comparison.Result;
import org.jowa.jobs.results.EpisodeResult;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.scores.Aggregate;
import org.jowa.jobs.scores.PublishedJowa;
import org.jowa.jobs.scores.Scores;
import org.jspecify.annotations.Nullable;

/** Tables and charts of a comparison, for the page and for Markdown. */
final class ComparisonTables {

  /** Scores at which a profile is drawn, in hundredths of a human's. */
  private static final int PROFILE_STEP = 2;

  private static final int PROFILE_END = 200;
  private static final int SHORTEST_PROFILE = 100;

  private ComparisonTables() {}

  /** What is compared. */
  static Table groups(Comparison comparison) {
    Table table =
        Table.of(
            "What is compared", "Label", "Run", "Evaluation", "Planner", "Step", "Seed", "Weights");
    for (ComparedRuns group : comparison.groups()) {
      for (ComparedRuns.Compared run : group.runs()) {
        EvaluationSummary summary = run.summary();
        table.row(
            group.label(),
            run.run(),
            summary.name(),
            Words.planner(summary),
            Numbers.count(summary.model().step()),
            Long.toString(summary.seed()),
            ProvenanceSection.shortened(summary.model().modelHash()));
      }
    }
    return table;
  }

  /** Every aggregate with its two intervals. */
  static Table aggregates(Comparison comparison) {
    List<String> columns = new ArrayList<>(List.of("Label", "Interval of"));
    Arrays.stream(Aggregate.values()).map(Aggregate::title).forEach(columns::add);
    Table table =
        Table.of(
            "Human-normalised scores over "
                + Words.counted(comparison.normalised().size(), "game")
                + ", 95% intervals",
            columns.toArray(String[]::new));
    for (int i = 0; i < comparison.results().size(); i++) {
      Result result = comparison.results().get(i);
      String label = comparison.groups().get(i).label();
      List<String> episodes = new ArrayList<>(List.of(label, "episodes"));
      List<String> runs = new ArrayList<>(List.of(label, "trainings"));
      for (Aggregate aggregate : Aggregate.values()) {
        episodes.add(Words.normalised(result.overEpisodes(aggregate)));
        runs.add(Words.normalised(result.overRuns(aggregate)));
      }
      episodes.set(1, because(episodes.get(1), result.whyNotOverEpisodes()));
      table.row(episodes);
      if (comparison.groups().get(i).runs().size() > 1) {
        runs.set(1, because(runs.get(1), result.whyNotOverRuns()));
        table.row(runs);
      }
    }
    return table;
  }

  private static String because(String of, @Nullable String whyNot) {
    return whyNot == null ? of : of + ": none, " + whyNot;
  }

  /** How likely one is better than another. */
  static Table improvements(Comparison comparison) {
    Table table =
        Table.of(
            "Probability of improvement [95%]",
            "Better", "Than", "Over episodes", "Over trainings", "Reading");
    for (Improvement improvement : comparison.improvements()) {
      boolean overRuns = improvement.overRuns().hasInterval();
      var telling = overRuns ? improvement.overRuns() : improvement.overEpisodes();
      String reading =
          !telling.hasInterval()
              ? "no verdict"
              : telling.isAbove(0.5) ? "better" : telling.isBelow(0.5) ? "worse" : "not told apart";
      table.row(
          improvement.better(),
          improvement.than(),
          Words.normalised(improvement.overEpisodes()),
          overRuns ? Words.normalised(improvement.overRuns()) : Numbers.UNKNOWN,
          reading);
    }
    return table;
  }

  /** Mean raw return and its standard error in each game, beside other players. */
  static Table byGame(Comparison comparison) {
    List<String> columns = new ArrayList<>(List.of("Game"));
    comparison.groups().forEach(group -> columns.add(group.label() + ", mean ± s.e."));
    boolean planning = plans(comparison);
    columns.addAll(List.of("Random, same rules", "Random", "DQN", "Human"));
    columns.addAll(BesidePublished.headings(comparison.games(), planning));
    Table table = Table.of("Raw returns by game", columns.toArray(String[]::new));
    for (String game : comparison.games()) {
      List<String> row = new ArrayList<>(List.of(game));
      List<EpisodeResult> random = new ArrayList<>();
      for (ComparedRuns group : comparison.groups()) {
        double[] returns = returns(group.episodes(game));
        boolean cut = group.episodes(game).stream().anyMatch(EpisodeResult::truncated);
        row.add(
            Numbers.score(Scores.mean(returns))
                + " ± "
                + Numbers.score(Scores.standardError(returns))
                + (cut ? " (cut)" : ""));
        random.addAll(group.randomEpisodes(game));
      }
      row.add(random.isEmpty() ? Numbers.UNKNOWN : Numbers.score(Scores.mean(returns(random))));
      Optional<ReferenceScores> published = Games.byName(game).scores();
      row.add(published.map(scores -> Numbers.score(scores.random())).orElse(Numbers.UNKNOWN));
      row.add(published.map(scores -> Numbers.score(scores.dqn())).orElse(Numbers.UNKNOWN));
      row.add(published.map(scores -> Numbers.score(scores.human())).orElse(Numbers.UNKNOWN));
      row.addAll(BesidePublished.cells(comparison.games(), game, planning));
      table.row(row);
    }
    return table;
  }

  private static boolean plans(Comparison comparison) {
    return comparison.groups().stream().anyMatch(ComparedRuns::plans);
  }

  /** Aggregates beside those of published agents. */
  static Table besidePublished(Comparison comparison) {
    List<BesidePublished.Player> ours =
        comparison.groups().stream()
            .map(
                group ->
                    new BesidePublished.Player(
                        group.label(), game -> Scores.mean(returns(group.episodes(game)))))
            .toList();
    return BesidePublished.aggregates(ours, comparison.normalised(), plans(comparison));
  }

  /**
   * Score over the size of the model, beside the published sizes where they played all the games;
   * without points unless sizes differ and all are known.
   */
  static LineChart scaling(Comparison comparison) {
    LineChart chart =
        LineChart.titled(
                "Score over size",
                "IQM of game means, human-normalised, over million parameters of the model")
            .along("million parameters")
            .format(Numbers::normalised);
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < comparison.results().size(); i++) {
      double score = comparison.results().get(i).overEpisodes(Aggregate.IQM_OF_GAMES).value();
      comparison
          .groups()
          .get(i)
          .parameters()
          .ifPresent(parameters -> points.add(new Point(parameters * 1e-6, score)));
    }
    boolean allKnown = points.size() == comparison.groups().size();
    if (!allKnown || points.stream().map(Point::x).distinct().count() < 2) {
      return chart;
    }
    points.sort(Comparator.comparingDouble(Point::x));
    chart.line(new LineChart.Line("these runs", points));
    if (comparison.normalised().stream().allMatch(PublishedJowa::knows)) {
      boolean planning = plans(comparison);
      List<Point> published = new ArrayList<>();
      for (PublishedJowa size : PublishedJowa.values()) {
        double score = BesidePublished.iqm(size, comparison.normalised(), planning);
        published.add(new Point(size.parameters() * 1e-6, score));
      }
      chart.line(new LineChart.Line("JOWA, published", published));
    }
    return chart;
  }

  /** Share of all episodes of all games, each game weighing the same, above a score. */
  static LineChart profiles(Comparison comparison) {
    LineChart chart =
        LineChart.titled("Performance profile", "share of episodes above a score in % of a human's")
            .namesOnly()
            .along("score");
    double best =
        comparison.results().stream()
            .flatMap(result -> Arrays.stream(result.byGame()))
            .flatMapToDouble(Arrays::stream)
            .max()
            .orElse(0);
    // Beyond the best score there is nothing to see.
    double end = Math.min(PROFILE_END, Math.max(SHORTEST_PROFILE, 100 * best));
    for (int i = 0; i < comparison.results().size(); i++) {
      List<Point> points = new ArrayList<>();
      for (int percent = 0; percent <= end; percent += PROFILE_STEP) {
        points.add(
            new Point(percent, shareAbove(comparison.results().get(i).byGame(), percent / 100.0)));
      }
      chart.line(new LineChart.Line(comparison.groups().get(i).label(), points));
    }
    return chart;
  }

  private static double shareAbove(double[][] games, double score) {
    return Arrays.stream(games)
        .mapToDouble(
            game -> (double) Arrays.stream(game).filter(s -> s > score).count() / game.length)
        .average()
        .orElseThrow();
  }

  static double[] returns(List<EpisodeResult> episodes) {
    return episodes.stream().mapToDouble(EpisodeResult::rawReturn).toArray();
  }
}
