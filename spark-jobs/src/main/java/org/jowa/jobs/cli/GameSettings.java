package org.jowa.jobs.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jowa.env.game.Games;
import org.jowa.error.UsageException;
import org.jspecify.annotations.Nullable;

/**
 * A file of planner settings by game:
 *
 * <pre>{@code
 * tuned-on-seed: 1000      # written by bin/jowa tune
 * games:
 *   Pong: {beam-width: 4, horizon: 2}
 *   Breakout: {planner: mcts, simulations: 40}
 * }</pre>
 *
 * @param tunedOn seed that the settings were chosen on; null if the file doesn't say
 * @param games options without their dashes, and values, by the game's canonical name
 */
record GameSettings(@Nullable Long tunedOn, Map<String, Map<String, String>> games) {
  private static final String TUNED_ON = "tuned-on-seed";
  private static final String GAMES = "games";

  /**
   * Reads a file.
   *
   * @throws UsageException if it is none, or names a game that there isn't; what is set is checked
   *     by {@link PlannerOptions#with}
   */
  static GameSettings read(Path file) {
    JsonNode root = YamlFile.read(file, "the settings of games");
    for (Map.Entry<String, JsonNode> part : root.properties()) {
      if (!part.getKey().equals(TUNED_ON) && !part.getKey().equals(GAMES)) {
        throw new UsageException(
            "%s has %s: there are %s and %s".formatted(file, part.getKey(), GAMES, TUNED_ON));
      }
    }
    JsonNode seed = root.path(TUNED_ON);
    if (!seed.isMissingNode() && !seed.isIntegralNumber()) {
      throw new UsageException(
          "%s has %s %s: it must be a whole number".formatted(file, TUNED_ON, seed.asText()));
    }
    if (!root.path(GAMES).isObject() || root.path(GAMES).isEmpty()) {
      throw new UsageException(
          "%s has no settings: write games: {Pong: {beam-width: 4}} for instance".formatted(file));
    }
    Map<String, Map<String, String>> games = new TreeMap<>();
    for (Map.Entry<String, JsonNode> game : root.path(GAMES).properties()) {
      if (!game.getValue().isObject()) {
        throw new UsageException(
            "%s has %s for %s: write %s: {beam-width: 4} for instance"
                .formatted(file, game.getValue(), game.getKey(), game.getKey()));
      }
      Map<String, String> options = new TreeMap<>();
      game.getValue()
          .properties()
          .forEach(option -> options.put(option.getKey(), option.getValue().asText()));
      games.put(canonicalName(file, game.getKey()), options);
    }
    return new GameSettings(seed.isMissingNode() ? null : seed.asLong(), games);
  }

  private static String canonicalName(Path file, String game) {
    try {
      return Games.byName(game).name();
    } catch (UsageException e) {
      throw new UsageException(file + ": " + e.getMessage());
    }
  }
}
