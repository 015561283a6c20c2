package org.jowa.jobs.finetune;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.jowa.jobs.run.RunFolder;

/**
 * The runs that a model's weights come from, as far as they can still be read.
 *
 * @param runs the newest first
 */
record Lineage(List<Ancestor> runs) {
  /** Input: how the behaviour network started, where it didn't go on from another run's. */
  static final String BEHAVIOUR = "behaviour";

  /** Value of {@link #BEHAVIOUR}. */
  static final String ANEW = "anew";

  /** Runs that started from each other, at most: a circle ends somewhere. */
  private static final int GENERATIONS = 32;

  /**
   * A run.
   *
   * @param games that it was trained on; empty where neither it nor its data set says so
   * @param behaviourAnew whether its behaviour network learned from these alone
   */
  record Ancestor(Optional<Set<String>> games, boolean behaviourAnew) {}

  /** A run and those that it started from. */
  static Lineage of(RunFolder run, Configuration hadoop) {
    List<Ancestor> runs = new ArrayList<>();
    Optional<RunFolder> next = Optional.of(run);
    for (int i = 0; i < GENERATIONS && next.isPresent(); i++) {
      RunFolder one = next.get();
      runs.add(
          new Ancestor(
              one.games(), one.fact("inputs/" + BEHAVIOUR).filter(ANEW::equals).isPresent()));
      next = one.fact(FinetuneStart.SOURCE).map(from -> RunFolder.at(from, hadoop));
    }
    return new Lineage(runs);
  }

  /** The games that the model was trained on, as far as they are known. */
  Set<String> games() {
    Set<String> games = new TreeSet<>();
    runs.forEach(run -> run.games().ifPresent(games::addAll));
    return games;
  }

  /** The games whose players its behaviour network learned from; empty if they aren't all known. */
  Optional<Set<String>> players() {
    Set<String> players = new TreeSet<>();
    for (Ancestor run : runs) {
      if (run.games().isEmpty()) {
        return Optional.empty();
      }
      players.addAll(run.games().get());
      if (run.behaviourAnew()) {
        break;
      }
    }
    return Optional.of(players);
  }
}
