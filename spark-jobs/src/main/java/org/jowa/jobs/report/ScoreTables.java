package org.jowa.jobs.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jowa.data.dataset.Manifest.RawReturns;
import org.jowa.env.game.ReferenceScores;
import org.jowa.jobs.html.Numbers;
import org.jowa.jobs.html.Table;
import org.jowa.jobs.results.AggregateScores;
import org.jowa.jobs.results.Aggregates;
import org.jowa.jobs.results.EpisodeResult;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.results.GameResult;
import org.jowa.jobs.results.ScoreStatistics;
import org.jowa.jobs.scores.Estimate;
import org.jspecify.annotations.Nullable;

/** The tables of scores, for the page and for Markdown. */
final class ScoreTables {

  private ScoreTables() {}

  /** Each game beside random play under the same rules and beside the data. */
  static Table likeForLike(EvaluationSummary summary, Optional<DatasetFacts> data) {
    Table table =
        Table.of(
            "Raw returns under the rules of this evaluation",
            "Game",
            "Agent, mean",
            "± s.e.",
            "Std",
            "Min to max",
            "Random, same rules",
            "Agent − random [95%]",
            "Reading",
            "Training data, mean",
            "Episodes (cut, distinct)");
    for (GameResult game : summary.games()) {
      ScoreStatistics random = game.random();
      Estimate advantage = game.advantageOverRandom();
      table.row(
          game.game(),
          Numbers.score(game.agent().mean()),
          Numbers.score(game.agent().standardDeviation() / Math.sqrt(game.agent().episodes())),
          Numbers.score(game.agent().standardDeviation()),
          Numbers.score(game.agent().min()) + " to " + Numbers.score(game.agent().max()),
          random == null ? "not measured" : Numbers.score(random.mean()),
          advantage == null ? Numbers.UNKNOWN : Words.difference(advantage),
          advantage == null ? Numbers.UNKNOWN : Words.verdict(game, advantage),
          dataReturns(data, game.game()).map(r -> Numbers.score(r.mean())).orElse(Numbers.UNKNOWN),
          "%s (%s, %s)"
              .formatted(
                  Numbers.count(game.agent().episodes()),
                  Numbers.count(game.agent().truncated()),
                  Numbers.count(distinct(game))));
    }
    return table;
  }

  /** Different episodes: those that differ in their return or their length. */
  private static long distinct(GameResult game) {
    return game.episodes().stream()
        .map(episode -> Map.entry(episode.rawReturn(), episode.steps()))
        .distinct()
        .count();
  }

  /** Each game beside the published scores of whole episodes. */
  static Table published(EvaluationSummary summary) {
    boolean partial = summary.cut();
    List<String> games = summary.games().stream().map(GameResult::game).toList();
    List<String> columns = new ArrayList<>(List.of("Game", "Agent", "Random", "Human", "DQN"));
    columns.addAll(BesidePublished.headings(games, summary.plans()));
    columns.addAll(List.of("Human-normalised", "DQN-normalised"));
    Table table =
        Table.of(
            partial
                ? "Beside published scores of whole episodes (episodes here were cut short)"
                : "Beside published scores",
            columns.toArray(String[]::new));
    for (GameResult game : summary.games()) {
      ReferenceScores scores = game.published();
      List<String> row = new ArrayList<>(List.of(game.game()));
      row.add(Numbers.score(game.agent().mean()) + (game.truncated() ? " (cut)" : ""));
      row.add(scores == null ? Numbers.UNKNOWN : Numbers.score(scores.random()));
      row.add(scores == null ? Numbers.UNKNOWN : Numbers.score(scores.human()));
      row.add(scores == null ? Numbers.UNKNOWN : Numbers.score(scores.dqn()));
      row.addAll(BesidePublished.cells(games, game.game(), summary.plans()));
      row.add(normalised(game.humanNormalised()));
      row.add(normalised(game.dqnNormalised()));
      table.row(row);
    }
    return table;
  }

  private static String normalised(@Nullable Double score) {
    return score == null ? Numbers.UNKNOWN : Numbers.normalised(score);
  }

  private static String normalised(@Nullable Estimate score) {
    return score == null ? Numbers.UNKNOWN : Words.normalised(score);
  }

  /** Aggregates beside those of published agents. */
  static Table besidePublished(EvaluationSummary summary) {
    Map<String, Double> means =
        summary.games().stream()
            .collect(Collectors.toMap(GameResult::game, game -> game.agent().mean()));
    String name = summary.name() + (summary.cut() ? " (cut episodes)" : "");
    return BesidePublished.aggregates(
        List.of(new BesidePublished.Player(name, means::get)),
        summary.games().stream()
            .filter(game -> game.published() != null)
            .map(GameResult::game)
            .toList(),
        summary.plans());
  }

  /** Median, both IQMs and the count above human. */
  static Table aggregates(EvaluationSummary summary, Aggregates aggregates) {
    String whyNone = summary.whyNoIntervalOverRuns();
    Table table =
        Table.of(
            "Aggregates over " + Words.counted(aggregates.games(), "game"),
            "Normalised by",
            "Median of game means",
            "IQM of game means (JOWA)",
            "IQM over all runs (rliable) [95%]",
            "Mean of games [95%]",
            "Optimality gap [95%]",
            "Games above human");
    aggregateRow(
        table, "human", aggregates.human(), whyNone, Integer.toString(aggregates.superhuman()));
    aggregateRow(table, "DQN", aggregates.dqn(), whyNone, Numbers.UNKNOWN);
    return table;
  }

  private static void aggregateRow(
      Table table,
      String reference,
      AggregateScores scores,
      @Nullable String whyNone,
      String aboveHuman) {
    table.row(
        reference,
        Numbers.normalised(scores.median()),
        Numbers.normalised(scores.iqmOfGameMeans()),
        whyNone == null ? normalised(scores.iqmOverRuns()) : "none: " + whyNone,
        normalised(scores.mean()),
        normalised(scores.optimalityGap()),
        aboveHuman);
  }

  /** What deciding took; empty where nothing was imagined or it wasn't counted. */
  static Optional<Table> planning(EvaluationSummary summary) {
    if (summary.imagination().isEmpty()) {
      return Optional.empty();
    }
    Table table =
        Table.of(
            "Planning (frames counted since the evaluation was last begun)",
            "Game",
            "Decisions",
            "Passes for an imagined frame (37 token by token)",
            "Guessed tokens that were right");
    long all = 0;
    for (GameResult game : summary.games()) {
      long decisions = game.episodes().stream().mapToLong(EpisodeResult::steps).sum();
      all += decisions;
      if (summary.games().size() > 1) {
        table.row(planning(summary, game.game(), game.game() + ".", decisions));
      }
    }
    boolean one = summary.games().size() == 1;
    table.row(planning(summary, one ? summary.games().get(0).game() : "All", "", all));
    return Optional.of(table);
  }

  private static List<String> planning(
      EvaluationSummary summary, String name, String prefix, long decisions) {
    Double passes = summary.imagination().get(prefix + EvaluationSummary.PASSES);
    Double right = summary.imagination().get(prefix + EvaluationSummary.ACCEPTANCE);
    return List.of(
        name,
        Numbers.count(decisions),
        passes == null ? Numbers.UNKNOWN : Numbers.significant(passes),
        right != null && right > 0 ? Numbers.percent(right) : Numbers.UNKNOWN);
  }

  /** Mean raw returns of all evaluations side by side. */
  static Table sideBySide(List<EvaluationContents> evaluations) {
    Set<String> games = new LinkedHashSet<>();
    List<String> columns = new ArrayList<>(List.of("Game"));
    for (EvaluationContents evaluation : evaluations) {
      columns.add(evaluation.summary().name());
      evaluation.summary().games().forEach(game -> games.add(game.game()));
    }
    Table table = Table.of("All evaluations: mean raw returns", columns.toArray(String[]::new));
    for (String name : games) {
      List<String> row = new ArrayList<>(List.of(name));
      for (EvaluationContents evaluation : evaluations) {
        row.add(
            evaluation.summary().games().stream()
                .filter(game -> game.game().equals(name))
                .findFirst()
                .map(g -> Numbers.score(g.agent().mean()) + (g.truncated() ? " (cut)" : ""))
                .orElse(Numbers.UNKNOWN));
      }
      table.row(row);
    }
    return table;
  }

  static Optional<RawReturns> dataReturns(Optional<DatasetFacts> data, String game) {
    return data.stream()
        .flatMap(facts -> facts.games().stream())
        .filter(facts -> facts.game().equals(game) && facts.rawReturns() != null)
        .map(DatasetFacts.GameFacts::rawReturns)
        .findFirst();
  }
}
