package org.jowa.jobs.report;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jowa.env.game.Games;
import org.jowa.env.game.ReferenceScores;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.report.ComparedRuns.Compared;
import org.jowa.jobs.results.EvaluationProtocol;
import org.jowa.jobs.scores.Aggregate;
import org.jowa.jobs.scores.Bootstrap;
import org.jowa.jobs.scores.Estimate;
import org.jowa.jobs.scores.ScoreMatrix;
import org.jspecify.annotations.Nullable;

/**
 * What can be said of several evaluations together, over the games that all of them played.
 *
 * @param groups what is compared
 * @param games played by all
 * @param normalised those of them that have published scores, over which aggregates are
 * @param results one for each group
 * @param improvements of each group over each that follows
 */
record Comparison(
    List<ComparedRuns> groups,
    List<String> games,
    List<String> normalised,
    List<Result> results,
    List<Improvement> improvements) {
  static final Bootstrap BOOTSTRAP = Bootstrap.STANDARD;

  /**
   * Human-normalised scores of a group.
   *
   * @param byGame [games][episodes of all runs]
   * @param overEpisodes aggregates with the interval of chance between episodes
   * @param overRuns with the interval of chance between trainings
   */
  record Result(
      double[][] byGame,
      Map<Aggregate, Estimate> overEpisodes,
      Map<Aggregate, Estimate> overRuns,
      @Nullable String whyNotOverEpisodes,
      @Nullable String whyNotOverRuns) {
    Estimate overEpisodes(Aggregate aggregate) {
      return requireNonNull(overEpisodes.get(aggregate));
    }

    Estimate overRuns(Aggregate aggregate) {
      return requireNonNull(overRuns.get(aggregate));
    }
  }

  /** How likely {@code better} scores higher than {@code than} in a game. */
  record Improvement(String better, String than, Estimate overEpisodes, Estimate overRuns) {}

  /**
   * @throws InvalidInputException if they were played by different rules or have no game in common
   */
  static Comparison of(List<ComparedRuns> groups) {
    List<Compared> all = groups.stream().flatMap(group -> group.runs().stream()).toList();
    all.forEach(run -> requireSameRules(all.get(0), run));
    List<String> games =
        all.get(0).summary().games().stream()
            .map(game -> game.game())
            .filter(game -> all.stream().allMatch(run -> run.game(game).isPresent()))
            .toList();
    if (games.isEmpty()) {
      throw new InvalidInputException(
          "No game was played in all of these evaluations: evaluate each with the same --games");
    }
    List<String> normalised =
        games.stream().filter(game -> Games.byName(game).scores().isPresent()).toList();
    List<Result> results = new ArrayList<>();
    List<Improvement> improvements = new ArrayList<>();
    if (!normalised.isEmpty()) {
      List<ScoreMatrix> scores =
          groups.stream().map(group -> humanNormalised(group, normalised)).toList();
      scores.forEach(matrix -> results.add(result(matrix)));
      for (int i = 0; i < groups.size(); i++) {
        for (int j = i + 1; j < groups.size(); j++) {
          improvements.add(
              new Improvement(
                  groups.get(i).label(),
                  groups.get(j).label(),
                  scores.get(i).improvementOver(scores.get(j), false, BOOTSTRAP),
                  scores.get(i).improvementOver(scores.get(j), true, BOOTSTRAP)));
        }
      }
    }
    return new Comparison(groups, games, normalised, results, improvements);
  }

  private static Result result(ScoreMatrix scores) {
    Map<Aggregate, Estimate> overEpisodes = new EnumMap<>(Aggregate.class);
    Map<Aggregate, Estimate> overRuns = new EnumMap<>(Aggregate.class);
    for (Aggregate aggregate : Aggregate.values()) {
      overEpisodes.put(aggregate, scores.overEpisodes(aggregate, BOOTSTRAP));
      overRuns.put(aggregate, scores.overRuns(aggregate, BOOTSTRAP));
    }
    return new Result(
        scores.byGame(),
        overEpisodes,
        overRuns,
        scores.whyNoIntervalOverEpisodes(),
        scores.whyNoIntervalOverRuns());
  }

  private static ScoreMatrix humanNormalised(ComparedRuns group, List<String> games) {
    double[][][] scores = new double[games.size()][group.runs().size()][];
    for (int game = 0; game < scores.length; game++) {
      String name = games.get(game);
      ReferenceScores published = Games.byName(name).scores().orElseThrow();
      for (int run = 0; run < scores[game].length; run++) {
        scores[game][run] =
            group.runs().get(run).game(name).orElseThrow().episodes().stream()
                .mapToDouble(episode -> published.humanNormalised(episode.rawReturn()))
                .toArray();
      }
    }
    return new ScoreMatrix(scores);
  }

  private static void requireSameRules(Compared first, Compared other) {
    EvaluationProtocol a = first.summary().protocol();
    EvaluationProtocol b = other.summary().protocol();
    if (!a.equals(b)) {
      throw new InvalidInputException(
          "%s was evaluated by %s, %s by %s: compare evaluations of the same rules (--evaluation NAME)"
              .formatted(first.run(), Words.protocol(a), other.run(), Words.protocol(b)));
    }
  }
}
