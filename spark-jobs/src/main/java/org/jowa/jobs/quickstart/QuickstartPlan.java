package org.jowa.jobs.quickstart;

import java.util.List;
import org.jowa.env.Protocol;

/**
 * How much of everything a quickstart does. All amounts grow in proportion to the minutes; nothing
 * looks at the clock, so equal minutes give equal results.
 *
 * @param minutes about how long it takes on two cores
 * @param seed of everything
 */
public record QuickstartPlan(int minutes, int seed) {
  /** What the amounts below were measured for. */
  public static final int DEFAULT_MINUTES = 12;

  /** Both are played well by a script that reads the console's memory. */
  static final List<String> GAMES = List.of("Pong", "Breakout");

  /**
   * A run of each game by each: as in a training history, some play is poor and some better. Their
   * random actions last one step each. Where they are held for longer, a paddle far from the ball
   * mostly got there by one, which is still going on: what is mostly done there is then no good.
   */
  static final List<String> POLICIES = List.of("follow:0.6:1", "follow:0.2:1");

  /**
   * Of the play that is recorded: the paper's. With sticky actions the emulator draws whether an
   * action is done, and much of what comes next can't be known.
   */
  static final Protocol RECORDED = Protocol.JOWA;

  /**
   * Of the evaluation: without sticky actions an agent that hardly errs plays one game by heart.
   */
  static final Protocol EVALUATED = Protocol.MACHADO;

  /** Ranks that train together. */
  public static final int RANKS = 2;

  static final String PRESET = "tiny";
  static final double HELD_OUT = 0.1;
  static final int EPISODES = 8;

  private static final int RECORDED_STEPS = 240_000;
  private static final int BEHAVIOUR_STEPS = 3000;
  private static final int NEIGHBOURHOOD_STEPS = 7000;
  private static final int STAGE1_STEPS = 100;
  private static final int STAGE2_STEPS = 100;
  private static final int EPISODE_STEPS = EVALUATED.maxSteps();

  /** An episode of Pong lasts about this long: with less there is nothing to learn from. */
  private static final int LEAST_RECORDED_STEPS = 6000;

  private static final int LEAST_TRAINING_STEPS = 20;
  private static final int LEAST_EPISODE_STEPS = 50;

  /** Agent steps recorded of each game. */
  int recordedSteps() {
    return scaled(RECORDED_STEPS, LEAST_RECORDED_STEPS);
  }

  /** Agent steps after which an episode of the evaluation is cut: with the default, never. */
  int episodeSteps() {
    return Math.min(EPISODE_STEPS, scaled(EPISODE_STEPS, LEAST_EPISODE_STEPS));
  }

  /** What differs from the preset. */
  List<String> settings() {
    return List.of(
        "seed=" + seed,
        // A network of this size doesn't learn to draw a ball in minutes; a dictionary has it.
        "tokenizer.kind=patches",
        // Fewer codes are easier to predict, but too coarse to aim by.
        "tokenizer.codebook-size=2048",
        "world.blocks=4",
        "world.batch-size=32",
        // So few steps don't overfit.
        "world.dropout.embedding=0",
        "world.dropout.attention=0",
        "world.dropout.residual=0",
        // The world model goes on learning beside the Q-function.
        "world.supervised-weight=1",
        // What the neighbourhood network ended with on a small rate, a larger one would undo.
        "world.stage1.learning-rate=0.0001",
        "world.stage2.learning-rate=0.0001",
        "world.q-loss-backwards-world-model=false",
        "world.stage2.q-learning-rate=0.001",
        // What the players mostly do is known sooner than what it is worth: the agent does that.
        "world.behaviour.steps=" + scaled(BEHAVIOUR_STEPS, LEAST_TRAINING_STEPS),
        "world.support=1",
        // One of the two players errs three times as often: what went well counts more.
        "world.behaviour.advantage-temperature=0.3",
        // A transformer learns in hours where to look for what a ball does next; here it is told.
        "world.neighbourhood.steps=" + scaled(NEIGHBOURHOOD_STEPS, LEAST_TRAINING_STEPS),
        "world.neighbourhood.batch-size=192",
        "world.neighbourhood.learning-rate=0.005",
        "world.neighbourhood.width=48",
        // Returns of rewards of one point each, as far as a discount of 0.97 looks.
        "world.value-min=-3",
        "world.value-max=3",
        "world.discount=0.97",
        // Q is what the players' play is worth: in so few steps a reward wouldn't travel far. It is
        // learned beside the neighbourhood network already.
        "world.n-step=0",
        "world.stage1.steps=" + scaled(STAGE1_STEPS, LEAST_TRAINING_STEPS),
        "world.stage2.steps=" + scaled(STAGE2_STEPS, LEAST_TRAINING_STEPS),
        // Steps are short: looking and saving as often as in the preset would take a twentieth
        // more.
        "checkpoint.every=500",
        "metrics.held-out-every=250");
  }

  private int scaled(int amount, int least) {
    return Math.max(least, (int) ((long) amount * minutes / DEFAULT_MINUTES));
  }
}
