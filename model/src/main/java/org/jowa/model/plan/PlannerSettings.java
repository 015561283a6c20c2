package org.jowa.model.plan;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Locale;
import org.jowa.env.game.Game;
import org.jowa.error.UsageException;

/**
 * How an agent acts.
 *
 * @param planner how it chooses
 * @param beam how beam search plans; of no effect with another planner
 * @param context blocks that the agent remembers, at most the model's; a plan of horizon H uses the
 *     newest of them that leave room for H
 * @param epsilon probability of a random action instead, at every step of every environment
 */
public record PlannerSettings(Kind planner, BeamSettings beam, int context, double epsilon)
    implements Serializable {
  /** Epsilon of the reference. */
  public static final double EPSILON = 0.001;

  /** The planners by the names that the command line has for them. */
  public enum Kind {
    NONE,
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
              () -> new UsageException("Unknown planner " + name + ": choose none, beam or mcts"));
    }
  }

  /** Checks the ranges. */
  public PlannerSettings {
    if (context < 1) {
      throw new UsageException("context is " + context + ": it must be at least 1");
    }
    if (!(epsilon >= 0 && epsilon <= 1)) {
      throw new UsageException("epsilon is " + epsilon + ": it must be in [0, 1]");
    }
  }

  /** Acts greedily on a context of so many blocks. */
  public static PlannerSettings none(int context) {
    return new PlannerSettings(Kind.NONE, BeamSettings.of(1, 0), context, EPSILON);
  }

  /** Beam search on a context of so many blocks. */
  public static PlannerSettings beam(int width, int horizon, int context) {
    return new PlannerSettings(Kind.BEAM, BeamSettings.of(width, horizon), context, EPSILON);
  }

  public PlannerSettings withEpsilon(double epsilon) {
    return new PlannerSettings(planner, beam, context, epsilon);
  }

  /** The same with the discount of a model. */
  public PlannerSettings withDiscount(double discount) {
    return withBeam(beam.withDiscount(discount));
  }

  public PlannerSettings withBeam(BeamSettings beam) {
    return new PlannerSettings(planner, beam, context, epsilon);
  }

  /**
   * The planner in a model.
   *
   * @param decoder the caller closes it, after the planner's last use
   * @throws UsageException if the settings don't fit the model, or the planner is not built yet
   */
  public Planner create(WorldDecoder decoder, Game game) {
    if (context > decoder.config().blocks()) {
      throw new UsageException(
          "context is "
              + context
              + ", but the model holds "
              + decoder.config().blocks()
              + " blocks");
    }
    return switch (planner) {
      case NONE -> GreedyPlanner.create(decoder, game);
      case BEAM -> BeamSearch.create(decoder, game, beam);
      case MCTS -> throw new UsageException("planner mcts is not built yet: choose none or beam");
    };
  }
}
