package org.jowa.env.policy;

import java.util.random.RandomGenerator;
import org.jowa.env.AtariEnv;

/**
 * A player of one environment. It may remember what it saw, so each environment needs its own; with
 * equal seeds it plays equal games.
 */
public interface Policy {
  /**
   * Chooses the next action.
   *
   * @param env stands where the action is due; it stands there again when this returns
   * @param random the only source of chance
   * @return full-set id of an action that the game knows
   */
  int act(AtariEnv env, RandomGenerator random);

  /** Whether nothing goes on in the game until this player has served. */
  default boolean isServing(AtariEnv env) {
    return false;
  }

  /** Whether it has to be asked at every step, to see what goes on, even where others act. */
  default boolean remembers() {
    return true;
  }

  /** Forgets what it saw: the next action is an episode's first. */
  default void reset() {}
}
