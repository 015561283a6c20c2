package org.jowa.env.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jowa.env.AtariEnv;
import org.jowa.env.Step;

/**
 * Holds each action for a while in a copy of the game and takes one of the best. Knows nothing of
 * the game but rewards and lives, and costs about 50 emulator frames an action and step.
 */
final class LookaheadPolicy implements Policy {
  private static final int STEPS = 12;
  private static final double DISCOUNT = 0.97;
  // In units of the largest reward of a step: dying is worse than missing a target or two.
  private static final double LOST_LIFE = 3;

  @Override
  public int act(AtariEnv env, RandomGenerator random) {
    List<Integer> best = new ArrayList<>();
    double bestValue = Double.NEGATIVE_INFINITY;
    try (AtariEnv.State now = env.cloneState()) {
      for (int action : env.game().minimalActions()) {
        double value = valueOfHolding(action, env);
        env.restoreState(now);
        if (value > bestValue) {
          best.clear();
          bestValue = value;
        }
        if (value == bestValue) {
          best.add(action);
        }
      }
    }
    return best.get(random.nextInt(best.size()));
  }

  @Override
  public boolean remembers() {
    return false;
  }

  private static double valueOfHolding(int action, AtariEnv env) {
    double value = 0;
    double weight = 1;
    int lives = env.lives();
    for (int i = 0; i < STEPS; i++) {
      Step step = env.step(action);
      value += weight * Math.max(-1, Math.min(1, step.reward()));
      if (env.lives() < lives || step.terminal()) {
        value -= weight * LOST_LIFE;
      }
      if (step.terminal()) {
        break;
      }
      lives = env.lives();
      weight *= DISCOUNT;
    }
    return value;
  }
}
