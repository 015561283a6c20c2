package org.jowa.jobs.play;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jowa.env.game.Game;

/** The 18 actions by name, and by the keys that a person holds. */
final class ActionNames {
  private static final List<String> ACTIONS =
      List.of(
          "noop",
          "fire",
          "up",
          "right",
          "left",
          "down",
          "upright",
          "upleft",
          "downright",
          "downleft",
          "upfire",
          "rightfire",
          "leftfire",
          "downfire",
          "uprightfire",
          "upleftfire",
          "downrightfire",
          "downleftfire");

  private ActionNames() {}

  /** The name of a full-set action. */
  static String of(int action) {
    return ACTIONS.get(action);
  }

  /**
   * The action of a game that comes nearest to the keys held. Where a game knows no up and down, as
   * Pong, whose paddle moves by right and left, they stand for these. Where it can't move and fire
   * at once it fires. Keys that cancel each other count as not held.
   *
   * @param held some of up, down, left, right and fire
   * @return full-set id, one that the game knows
   */
  static int action(Game game, Set<String> held) {
    String vertical = one(held, "up", "down");
    String horizontal = one(held, "left", "right");
    String fire = held.contains("fire") ? "fire" : "";
    boolean upAndDown = game.minimalActions().stream().anyMatch(id -> of(id).equals("up"));
    if (!upAndDown && horizontal.isEmpty()) {
      horizontal = vertical.equals("up") ? "right" : vertical.equals("down") ? "left" : "";
    }
    return Stream.of(
            vertical + horizontal + fire,
            horizontal + fire,
            vertical + fire,
            fire,
            vertical + horizontal,
            horizontal,
            vertical)
        .map(ACTIONS::indexOf)
        .filter(action -> game.toMinimalIndex(action) >= 0)
        .findFirst()
        .or(() -> Optional.of(game.minimalActions().get(0)))
        .get();
  }

  private static String one(Set<String> held, String first, String second) {
    if (held.contains(first) == held.contains(second)) {
      return "";
    }
    return held.contains(first) ? first : second;
  }
}
