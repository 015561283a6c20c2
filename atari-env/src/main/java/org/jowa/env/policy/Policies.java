package org.jowa.env.policy;

import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.jowa.env.AtariEnv;
import org.jowa.error.Suggestion;
import org.jowa.error.UsageException;

/** The players by name. */
public final class Policies {
  private static final List<String> NAMES = List.of("random", "scripted", "follow");

  private static final int MOST_HELD = 1000;

  /** Half a screen. */
  private static final int MOST_ASIDE = 80;

  private Policies() {}

  /**
   * A new player.
   *
   * <ul>
   *   <li>{@code random}: any of the game's actions, all alike
   *   <li>{@code scripted}: Pong and Breakout follow the ball, any other game looks a few steps
   *       ahead in copies of itself
   *   <li>{@code follow}: Pong and Breakout keep the paddle level with the ball, any other game is
   *       played as by {@code scripted}
   *   <li>{@code scripted:0.1}: the same, but random with that probability at each step
   *   <li>{@code follow:0.5:8}: the same, but for that share of the steps a random action is held,
   *       for 8 steps in the mean
   *   <li>{@code follow:0.5:8:-5}: the same, but in Pong and Breakout the paddle's centre is kept 5
   *       pixels above or left of the ball, below or right of it if the number is positive
   * </ul>
   *
   * @throws UsageException if the name or the probability is none
   */
  public static Policy byName(String name) {
    String[] parts = name.split(":", -1);
    Policy policy =
        switch (parts[0]) {
          case "random" -> Policies::actRandomly;
          case "scripted" -> new ScriptedPolicy();
          case "follow" -> new FollowingPolicy(parts.length < 4 ? 0 : aim(name, parts[3]));
          default -> throw unknown(name, parts[0]);
        };
    return switch (parts.length) {
      case 1 -> policy;
      case 2 -> mixed(policy, epsilon(name, parts[1]));
      case 3 -> held(policy, name, parts[1], parts[2]);
      case 4 -> aimed(policy, name, parts);
      default -> throw unknown(name, parts[0]);
    };
  }

  private static UsageException unknown(String name, String player) {
    return new UsageException(
        "Unknown policy '%s': expected random, scripted or follow, the last two also as NAME:SHARE or NAME:SHARE:STEPS, follow as NAME:SHARE:STEPS:AIM%s"
            .formatted(name, Suggestion.didYouMean(player, NAMES)));
  }

  private static Policy aimed(Policy policy, String name, String[] parts) {
    if (!parts[0].equals("follow")) {
      throw new UsageException(
          "Policy '%s': only follow has an aim; leave ':%s' out".formatted(name, parts[3]));
    }
    return held(policy, name, parts[1], parts[2]);
  }

  private static Policy held(Policy policy, String name, String share, String steps) {
    double random = epsilon(name, share);
    if (random == 1) {
      throw new UsageException(
          "Policy '%s': with a share of 1 nothing of the player is left; give less, or take random"
              .formatted(name));
    }
    int mean = whole(name, steps, 1, MOST_HELD, "not a number of steps; give a whole number");
    return new HeldNoisePolicy(policy, random, mean);
  }

  private static int aim(String name, String text) {
    return whole(name, text, -MOST_ASIDE, MOST_ASIDE, "no aim; give a whole number of pixels");
  }

  /**
   * @param otherwise what another text is, and what to give
   */
  private static int whole(String name, String text, int least, int most, String otherwise) {
    try {
      int value = Integer.parseInt(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException notANumber) {
      // told below
    }
    throw new UsageException(
        String.format(
            Locale.ROOT,
            "Policy '%s': '%s' is %s from %d to %d",
            name,
            text,
            otherwise,
            least,
            most));
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
      if (!policy.remembers()) {
        return random.nextDouble() < epsilon ? actRandomly(env, random) : policy.act(env, random);
      }
      int chosen = policy.act(env, random);
      return random.nextDouble() < epsilon ? actRandomly(env, random) : chosen;
    }

    @Override
    public boolean remembers() {
      return policy.remembers();
    }

    @Override
    public boolean isServing(AtariEnv env) {
      return policy.isServing(env);
    }

    @Override
    public void reset() {
      policy.reset();
    }
  }
}
