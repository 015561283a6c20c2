package org.jowa.env.policy;

import java.util.random.RandomGenerator;
import org.jowa.env.AtariEnv;

/**
 * Keeps the paddle under the ball, and serves. Scores some dozens, where random play scores one or
 * two. Numbers are in the units of the console's memory, where one is one pixel.
 */
final class BreakoutPolicy implements Policy {
  private static final int BALL_X = 99;
  private static final int BALL_Y = 101;
  private static final int PADDLE_X = 72;

  private static final int NOOP = 0;
  private static final int FIRE = 1;
  private static final int RIGHT = 3;
  private static final int LEFT = 4;

  private static final int PADDLE_CENTRE = 8;
  private static final int CLOSE_ENOUGH = 6;

  @Override
  public int act(AtariEnv env, RandomGenerator random) {
    boolean inPlay = env.ram(BALL_Y) != 0;
    if (!inPlay) {
      return FIRE;
    }
    int distance = env.ram(BALL_X) - env.ram(PADDLE_X) - PADDLE_CENTRE;
    if (Math.abs(distance) <= CLOSE_ENOUGH) {
      return NOOP;
    }
    return distance < 0 ? LEFT : RIGHT;
  }

  @Override
  public boolean remembers() {
    return false;
  }
}
