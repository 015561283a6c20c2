package org.jowa.jobs.report;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jowa.jobs.results.EpisodeResult;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.results.GameResult;
import org.jowa.jobs.results.RawScores;

/**
 * Runs that stand for one thing that is compared: trainings that differ in their seed only, or one
 * run alone.
 *
 * @param label its name for people
 * @param runs at least one
 */
record ComparedRuns(String label, List<Compared> runs) {
  ComparedRuns {
    runs = List.copyOf(runs);
  }

  /**
   * One run.
   *
   * @param run its folder, as the user gave it
   * @param summary of its evaluation
   */
  record Compared(String run, EvaluationSummary summary) {
    Optional<GameResult> game(String name) {
      return summary.games().stream().filter(game -> game.game().equals(name)).findFirst();
    }
  }

  /** Its scores are said with these names. */
  Stream<RawScores.Labelled> labelled() {
    return runs.stream().map(run -> new RawScores.Labelled(label, run.run(), run.summary()));
  }

  /** Whether its agents plan. */
  boolean plans() {
    return runs.stream().anyMatch(run -> run.summary().plans());
  }

  /** Parameters of its models, where they are known and the same in all runs. */
  Optional<Long> parameters() {
    Long first = runs.get(0).summary().model().parameters();
    return runs.stream().allMatch(run -> Objects.equals(first, run.summary().model().parameters()))
        ? Optional.ofNullable(first)
        : Optional.empty();
  }

  /** The agent's episodes of a game in all runs. */
  List<EpisodeResult> episodes(String game) {
    return runs.stream().flatMap(run -> run.game(game).orElseThrow().episodes().stream()).toList();
  }

  /** The random player's episodes of a game in all runs. */
  List<EpisodeResult> randomEpisodes(String game) {
    return runs.stream()
        .flatMap(run -> run.game(game).orElseThrow().randomEpisodes().stream())
        .toList();
  }
}
