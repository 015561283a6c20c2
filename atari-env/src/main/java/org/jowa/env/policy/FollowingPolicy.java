package org.jowa.env.policy;

import java.util.random.RandomGenerator;
import org.jowa.env.AtariEnv;
import org.jspecify.annotations.Nullable;

/**
 * Pong and Breakout with the paddle kept level with the ball, wherever that is going: what to do
 * shows in a single frame, so a network learns it from few examples. Numbers are in the units of
 * the console's memory, where one is one pixel.
 */
final class FollowingPolicy implements Policy {
  private static final int SERVE = 1;
  private static final int PADDLE_CENTRE = 8;

  private final Policy otherGames = new ScriptedPolicy();
  private final int aim;

  /**
   * @param aim how far beside the ball, towards larger coordinates, the paddle's centre is kept in
   *     Pong and Breakout
   */
  FollowingPolicy(int aim) {
    this.aim = aim;
  }

  /**
   * How a game is followed.
   *
   * @param ballAcross place in memory of the ball's coordinate along the paddle's way
   * @param ballSeen place in memory of a coordinate that is 0 while no ball is in play
   * @param paddle place in memory of the paddle
   * @param closeEnough distance at which the paddle rests
   * @param rest what to do then
   * @param less towards smaller coordinates
   * @param more towards larger coordinates
   */
  private record Court(
      int ballAcross, int ballSeen, int paddle, int closeEnough, int rest, int less, int more) {}

  private static final Court PONG = new Court(54, 54, 51, 6, 0, 3, 4);

  /** The serve button does nothing in play: held down it shortens the wait for the next ball. */
  private static final Court BREAKOUT = new Court(99, 101, 72, 6, SERVE, 4, 3);

  @Override
  public int act(AtariEnv env, RandomGenerator random) {
    Court court = court(env);
    if (court == null) {
      return otherGames.act(env, random);
    }
    if (isServing(env)) {
      return SERVE;
    }
    int distance = env.ram(court.ballAcross) + aim - env.ram(court.paddle) - PADDLE_CENTRE;
    if (Math.abs(distance) <= court.closeEnough) {
      return court.rest;
    }
    return distance < 0 ? court.less : court.more;
  }

  @Override
  public boolean isServing(AtariEnv env) {
    Court court = court(env);
    return court != null && env.ram(court.ballSeen) == 0;
  }

  @Override
  public boolean remembers() {
    return false;
  }

  @Override
  public void reset() {
    otherGames.reset();
  }

  private static @Nullable Court court(AtariEnv env) {
    return switch (env.game().name()) {
      case "Pong" -> PONG;
      case "Breakout" -> BREAKOUT;
      default -> null;
    };
  }
}
