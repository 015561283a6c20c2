package org.jowa.env.policy;

import java.util.List;
import java.util.random.RandomGenerator;
import org.jowa.env.AtariEnv;
import org.jowa.error.Suggestion;
import org.jowa.error.UsageException;

/** The players by name. */
public final class Policies {
  private static final List<String> NAMES = List.of("random", "scripted");

  private Policies() {}

  /**
   * A new player.
   *
   * <ul>
   *   <li>{@code random}: any of the game's actions, all alike
   *   <li>{@code scripted}: Pong and Breakout follow the ball, any other game looks a few steps
   *       ahead in copies of itself
   *   <li>{@code scripted:0.1}: the same, but random with that probability at each step
   * </ul>
   *
   * @throws UsageException if the name or the probability is none
   */
  public static Policy byName(String name) {
    int colon = name.indexOf(':');
    String player = colon < 0 ? name : name.substring(0, colon);
    Policy policy =
        switch (player) {
          case "random" -> Policies::actRandomly;
          case "scripted" -> new ScriptedPolicy();
          default ->
              throw new UsageException(
                  "Unknown policy '%s': expected random, scripted or scripted:EPSILON%s"
                      .formatted(name, Suggestion.didYouMean(player, NAMES)));
        };
    return colon < 0 ? policy : mixed(policy, epsilon(name, name.substring(colon + 1)));
  }

  /** Plays at random with probability {@code epsilon} at each step, else as {@code policy}. */
  public static Policy mixed(Policy policy, double epsilon) {
    return new EpsilonPolicy(policy, epsilon);
  }

  private static double epsilon(String name, String text) {
    try {
      double epsilon = Double.parseDouble(text);
      if (epsilon >= 0 && epsilon <= 1) {
        return epsilon;
      }
    } catch (NumberFormatException notANumber) {
      // told below
    }
    throw new UsageException(
        "Policy '%s': '%s' is not a probability; give a number from 0 to 1".formatted(name, text));
  }

  private static int actRandomly(AtariEnv env, RandomGenerator random) {
    List<Integer> actions = env.game().minimalActions();
    return actions.get(random.nextInt(actions.size()));
  }

  private record EpsilonPolicy(Policy policy, double epsilon) implements Policy {
    @Override
    public int act(AtariEnv env, RandomGenerator random) {
      // The script is asked each time: it has to see every step to know where the ball is going.
      int scripted = policy.act(env, random);
      return random.nextDouble() < epsilon ? actRandomly(env, random) : scripted;
    }

    @Override
    public void reset() {
      policy.reset();
    }
  }
}
