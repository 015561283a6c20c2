package org.jowa.model.plan;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Locale;
import org.jowa.env.game.Game;
import org.jowa.error.UsageException;
import org.jowa.model.settings.WorldConfig;

/**
 * How an agent acts.
 *
 * @param planner how it chooses
 * @param beam how beam search plans; of no effect with another planner
 * @param mcts how tree search plans; of no effect with another planner
 * @param context blocks that the agent remembers, at most the model's; a plan of horizon H uses the
 *     newest of them that leave room for H
 * @param epsilon probability of a random action instead, at every step of every environment
 * @param futures what is imagined
 * @param behaviourWeight points of value that an action loses where the data's players do it e
 *     times as rarely as their likeliest one; 0 for none ({@link BehaviourPenalty})
 */
@RecordBuilder
public record PlannerSettings(
    Kind planner,
    BeamSettings beam,
    MctsSettings mcts,
    int context,
    double epsilon,
    Futures futures,
    double behaviourWeight)
    implements PlannerSettingsBuilder.With, Serializable {
  /** Epsilon of the reference. */
  public static final double EPSILON = 0.001;

  private static final double MOST_WEIGHT = 1e6;
  private static final BeamSettings NO_BEAM = BeamSettings.of(1, 0);
  private static final MctsSettings NO_MCTS = MctsSettings.of(MctsSettings.Mode.REPAIRED);

  /** The planners by the names that the command line has for them. */
  public enum Kind {
    /** The largest Q. */
    NONE,
    /** No Q: what the data's players do, drawn by its probability. */
    BEHAVIOUR,
    BEAM,
    MCTS;

    /**
     * A planner by its name on the command line.
     *
     * @throws UsageException if there is none of that name
     */
    public static Kind byName(String name) {
      return Arrays.stream(values())
          .filter(kind -> kind.name().toLowerCase(Locale.ROOT).equals(name))
          .findFirst()
          .orElseThrow(
              () ->
                  new UsageException(
                      "Unknown planner " + name + ": choose none, behaviour, beam or mcts"));
    }
  }

  /** What is taken of the model's predictions in plans. */
  public enum Futures {
    /** The likeliest, as in the reference. */
    LIKELIEST,
    /** Drawn from the predicted distributions; the same for the same seed and context. */
    SAMPLED
  }

  /** Checks the ranges. */
  public PlannerSettings {
    if (context < 1) {
      throw new UsageException("context is " + context + ": it must be at least 1");
    }
    if (!(epsilon >= 0 && epsilon <= 1)) {
      throw new UsageException("epsilon is " + epsilon + ": it must be in [0, 1]");
    }
    if (!(behaviourWeight >= 0 && behaviourWeight <= MOST_WEIGHT)) {
      throw new UsageException(
          "behaviour-weight is " + behaviourWeight + ": it must be in [0, 1000000]");
    }
  }

  /** Acts greedily on a context of so many blocks. */
  public static PlannerSettings none(int context) {
    return of(Kind.NONE, NO_BEAM, NO_MCTS, context);
  }

  /** Draws what the data's players do. */
  public static PlannerSettings behaviour(int context) {
    return of(Kind.BEHAVIOUR, NO_BEAM, NO_MCTS, context);
  }

  /** Beam search on a context of so many blocks. */
  public static PlannerSettings beam(int width, int horizon, int context) {
    return beam(BeamSettings.of(width, horizon), context);
  }

  /** Beam search with these settings. */
  public static PlannerSettings beam(BeamSettings beam, int context) {
    return of(Kind.BEAM, beam, NO_MCTS, context);
  }

  /** Monte Carlo tree search on a context of so many blocks. */
  public static PlannerSettings mcts(MctsSettings mcts, int context) {
    return of(Kind.MCTS, NO_BEAM, mcts, context);
  }

  private static PlannerSettings of(
      Kind planner, BeamSettings beam, MctsSettings mcts, int context) {
    return new PlannerSettings(planner, beam, mcts, context, EPSILON, Futures.LIKELIEST, 0);
  }

  /** The same with a plan of at most so many steps. */
  public PlannerSettings withHorizonUpTo(int most) {
    if (horizon() <= most) {
      return this;
    }
    BeamSettings shorterBeam = planner == Kind.BEAM ? beam.withHorizon(most) : beam;
    MctsSettings shorterMcts = planner == Kind.MCTS ? mcts.withHorizon(most) : mcts;
    return withBeam(shorterBeam).withMcts(shorterMcts);
  }

  /** The same with the discount of a model. */
  public PlannerSettings withDiscount(double discount) {
    return withBeam(beam.withDiscount(discount)).withMcts(mcts.withDiscount(discount));
  }

  /** The same with frames decoded so. */
  public PlannerSettings withSpeculation(BeamSettings.Speculation speculation) {
    return withBeam(beam.withSpeculation(speculation)).withMcts(mcts.withSpeculation(speculation));
  }

  /** How frames are decoded; off where none are imagined. */
  public BeamSettings.Speculation speculation() {
    if (horizon() == 0) {
      return BeamSettings.Speculation.OFF;
    }
    return planner == Kind.MCTS ? mcts.speculation() : beam.speculation();
  }

  /** Steps that a plan needs room for. */
  public int horizon() {
    return switch (planner) {
      case NONE, BEHAVIOUR -> 0;
      case BEAM -> beam.horizon();
      case MCTS -> mcts.horizon();
    };
  }

  /**
   * @throws UsageException if a model holds fewer blocks than a context or a plan takes, or has no
   *     behaviour network where one is asked
   */
  public void requireFit(WorldConfig model) {
    if (context > model.blocks()) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "context is %d, but the model holds %d blocks: give %d at most, or nothing",
              context,
              model.blocks(),
              model.blocks()));
    }
    if (planner == Kind.BEHAVIOUR && model.behaviourWidth() == 0) {
      throw new UsageException(
          "planner is behaviour, but the model has no behaviour network: train it with"
              + " world.behaviour.steps above 0, or choose none, beam or mcts");
    }
    if (behaviourWeight > 0 && model.behaviourWidth() == 0) {
      throw new UsageException(
          "behaviour-weight is "
              + behaviourWeight
              + ", but the model has no behaviour network that says what the players do: train it"
              + " with world.behaviour.steps above 0, or leave it out");
    }
    if (horizon() >= model.blocks()) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "horizon is %d, but the model holds %d blocks and a plan needs one of them for what was"
                  + " seen: give %d at most, or nothing",
              horizon(),
              model.blocks(),
              model.blocks() - 1));
    }
  }

  /**
   * The planner in a model.
   *
   * @param decoder the caller closes it, after the planner's last use
   * @param seed of futures, where they are drawn
   * @throws UsageException if the settings don't fit the model
   */
  public Planner create(WorldDecoder decoder, Game game, long seed) {
    requireFit(decoder.config());
    Sampling sampling = futures == Futures.SAMPLED ? new Sampling(seed) : null;
    return switch (planner) {
      case NONE ->
          // With one supported action nothing is left to choose, and Q needn't be asked.
          decoder.config().support() == 1
              ? BehaviourPlanner.create(decoder, game)
              : GreedyPlanner.create(decoder, game, behaviourWeight);
      case BEHAVIOUR -> BehaviourPlanner.create(decoder, game);
      case BEAM -> BeamSearch.create(decoder, game, beam, behaviourWeight, sampling);
      case MCTS -> MonteCarloTreeSearch.create(decoder, game, mcts, behaviourWeight, sampling);
    };
  }
}
