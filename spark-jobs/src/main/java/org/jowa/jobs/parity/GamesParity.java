package org.jowa.jobs.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.model.parity.ParityResult;

/** Compares ids, names and minimal actions of all games with {@code games.json}. */
final class GamesParity {
  private GamesParity() {}

  static List<ParityResult> run(Path folder) {
    JsonNode golden = read(folder.resolve("games.json"));
    int wrongNames = Math.abs(golden.get("names").size() - Games.COUNT);
    int wrongActions = 0;
    for (Game game : Games.all()) {
      wrongNames += game.name().equals(golden.get("names").path(game.id()).asText()) ? 0 : 1;
      List<Integer> expected = new ArrayList<>();
      golden.get("limited").path(game.name()).forEach(action -> expected.add(action.asInt()));
      wrongActions += game.minimalActions().equals(expected) ? 0 : 1;
    }
    return List.of(
        ParityResult.compared("games", "names and ids", wrongNames, 0),
        ParityResult.compared("games", "minimal actions", wrongActions, 0));
  }

  static JsonNode read(Path file) {
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new InvalidInputException(
          "Cannot read %s (%s): give the folder of golden vectors with --golden"
              .formatted(file, e.getMessage()),
          e);
    }
  }
}
