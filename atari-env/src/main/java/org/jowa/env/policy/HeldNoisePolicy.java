package org.jowa.env.policy;

import java.util.List;
import java.util.random.RandomGenerator;
import org.jowa.env.AtariEnv;

/**
 * Plays as another player, but now and then holds a random action for a while. Single random
 * actions hardly move a paddle; held ones bring it to where the other player never is, and its way
 * back is in the data.
 */
final class HeldNoisePolicy implements Policy {
  private static final int NOT_ASKED = -1;

  private final Policy player;
  private final double start;
  private final int mostSteps;
  private int held;
  private int left;

  /**
   * @param share of the steps that are random, below 1
   * @param meanSteps that an action is held
   */
  HeldNoisePolicy(Policy player, double share, int meanSteps) {
    this.player = player;
    // Between two times that an action is held, (1 - start) / start steps are the player's.
    this.start = share / (meanSteps * (1 - share) + share);
    this.mostSteps = 2 * meanSteps - 1;
  }

  @Override
  public int act(AtariEnv env, RandomGenerator random) {
    if (player.isServing(env)) {
      // Nothing goes on without a serve, so all that is seen here should be serving.
      left = 0;
      return player.act(env, random);
    }
    int chosen = player.remembers() ? player.act(env, random) : NOT_ASKED;
    if (left == 0 && random.nextDouble() < start) {
      List<Integer> actions = env.game().minimalActions();
      held = actions.get(random.nextInt(actions.size()));
      left = 1 + random.nextInt(mostSteps);
    }
    if (left == 0) {
      return chosen == NOT_ASKED ? player.act(env, random) : chosen;
    }
    left--;
    return held;
  }

  @Override
  public boolean isServing(AtariEnv env) {
    return player.isServing(env);
  }

  @Override
  public void reset() {
    player.reset();
    left = 0;
  }
}
