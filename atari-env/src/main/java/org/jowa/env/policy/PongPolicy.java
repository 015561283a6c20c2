package org.jowa.env.policy;

import java.util.random.RandomGenerator;
import org.jowa.env.AtariEnv;

/**
 * Goes to where the ball will cross the paddle's column, counting its bounces off the walls. Wins
 * by a few points, where random play loses all 21, but its rallies are long: a game takes 10,000
 * steps and more, a few thousand when a third or more of the actions are random.
 *
 * <p>All numbers are in the units of the console's memory, where one is one pixel. A paddle of 16
 * pixels hits a ball that stands at most 2 above and 17 below its own position.
 */
final class PongPolicy implements Policy {
  private static final int BALL_X = 49;
  private static final int BALL_Y = 54;
  private static final int PADDLE_Y = 51;

  private static final int FIRE = 1;
  private static final int UP = 3;
  private static final int DOWN = 4;
  private static final int NOOP = 0;

  private static final int PADDLE_X = 188;
  private static final int TOP = 45;
  private static final int BOTTOM = 206;
  private static final int MIDDLE = 120;
  private static final int PADDLE_CENTRE = 8;
  private static final int CLOSE_ENOUGH = 8;
  // A paddle that moves goes on for a while when the stick is let go.
  private static final double COASTING = 0.8;

  private int ballX;
  private int ballY;
  private int paddle;
  private boolean seen;

  @Override
  public int act(AtariEnv env, RandomGenerator random) {
    int x = env.ram(BALL_X);
    int y = env.ram(BALL_Y);
    int position = env.ram(PADDLE_Y);
    boolean inPlay = y != 0;
    double target = MIDDLE;
    if (seen && inPlay && x > ballX) {
      target = crossing(x, y, x - ballX, y - ballY);
    }
    double rest = position + PADDLE_CENTRE + COASTING * (seen ? position - paddle : 0);
    ballX = x;
    ballY = y;
    paddle = position;
    seen = inPlay;
    if (!inPlay) {
      return FIRE;
    }
    if (Math.abs(target - rest) <= CLOSE_ENOUGH) {
      return NOOP;
    }
    return target < rest ? UP : DOWN;
  }

  @Override
  public void reset() {
    seen = false;
  }

  private static double crossing(int x, int y, int dx, int dy) {
    double straight = y + (double) dy * (PADDLE_X - x) / dx;
    double span = BOTTOM - TOP;
    double folded = Math.abs((straight - TOP) % (2 * span));
    return TOP + (folded > span ? 2 * span - folded : folded);
  }
}
