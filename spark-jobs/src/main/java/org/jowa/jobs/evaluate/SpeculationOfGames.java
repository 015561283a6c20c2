package org.jowa.jobs.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.model.plan.BeamSettings.Speculation;

/**
 * How frames are decoded in each game of an evaluation, kept in its folder once it is chosen: an
 * evaluation that is killed goes on with the same choice, and so to the same scores.
 *
 * @param games by name
 */
record SpeculationOfGames(Map<String, Speculation> games) {
  static final String FILE = "speculation.json";

  SpeculationOfGames {
    games = new TreeMap<>(games);
  }

  /** Chooses for several games, in their order. */
  @FunctionalInterface
  interface Chooser {
    List<Speculation> choose(List<String> games);
  }

  /**
   * The choices of an evaluation.
   *
   * @param needed games that are still played and whose planner leaves the choice open
   * @param chooser asked for those that have none yet
   */
  static SpeculationOfGames of(Storage evaluation, List<String> needed, Chooser chooser) {
    Map<String, Speculation> chosen = new TreeMap<>();
    if (evaluation.exists(FILE)) {
      chosen.putAll(
          Json.read(evaluation.read(FILE), SpeculationOfGames.class, evaluation.describe(FILE))
              .games);
    }
    List<String> open = new ArrayList<>(needed);
    open.removeAll(chosen.keySet());
    if (!open.isEmpty()) {
      List<Speculation> found = chooser.choose(open);
      for (int i = 0; i < open.size(); i++) {
        chosen.put(open.get(i), found.get(i));
      }
      WholeFiles.write(evaluation, FILE, Json.bytes(new SpeculationOfGames(chosen)));
    }
    return new SpeculationOfGames(chosen);
  }
}
