package org.jowa.env.game;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One Atari game. Its id is its row in the task embedding; its ordered minimal actions translate
 * between the replay logs, which hold indices into them, and the full set of 18 actions that model
 * and emulator use (specification, section 5.4 and appendix A).
 *
 * @param id 0 to 59
 * @param name as in the public replay logs, {@code SpaceInvaders} for instance
 * @param minimalActions full-set ids (0 to 17) of the actions that this game knows, ascending
 * @param scores reference scores, where they are published
 */
public record Game(
    int id, String name, List<Integer> minimalActions, Optional<ReferenceScores> scores) {
  public Game {
    minimalActions = List.copyOf(minimalActions);
  }

  /**
   * The full-set id of a log's action.
   *
   * @throws IndexOutOfBoundsException if the index is not one of this game's actions
   */
  public int toFullAction(int minimalIndex) {
    return minimalActions.get(minimalIndex);
  }

  /** Where a full-set action stands among the minimal actions; -1 if this game doesn't know it. */
  public int toMinimalIndex(int fullAction) {
    return minimalActions.indexOf(fullAction);
  }

  /** {@code [18]}: true for the full-set actions that this game knows; a new array each time. */
  public boolean[] validActions() {
    boolean[] valid = new boolean[Games.FULL_ACTIONS];
    minimalActions.forEach(action -> valid[action] = true);
    return valid;
  }

  /** The name in the emulator's spelling, {@code space_invaders} for instance. */
  public String romName() {
    return name.replaceAll("(?<=.)(?=\\p{Upper})", "_").toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return name;
  }
}
