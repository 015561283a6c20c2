package org.jowa.jobs.evaluate;

import java.io.Serializable;
import java.util.Set;
import org.jowa.model.plan.PlannerSettings;
import org.jowa.model.settings.WorldConfig;
import org.jspecify.annotations.Nullable;

/**
 * How an agent acts in a game.
 *
 * @param planner what it says of {@code open} and the discount is of no account
 * @param discount of plans; null for that which the model was trained with
 * @param open what is the model's to say, because nobody else did
 */
public record Player(PlannerSettings planner, @Nullable Double discount, Set<Open> open)
    implements Serializable {
  /** What depends on how many blocks a model holds. */
  public enum Open {
    /** All of the model's blocks. */
    CONTEXT,
    /** The planner's horizon, or the longest that the model has room for. */
    HORIZON
  }

  public Player {
    open = Set.copyOf(open);
  }

  /** Acts by settings that leave nothing open but perhaps the discount. */
  public Player(PlannerSettings planner, @Nullable Double discount) {
    this(planner, discount, Set.of());
  }

  /**
   * How it acts with a model.
   *
   * @param modelDiscount that the model was trained with
   */
  Player with(WorldConfig model, double modelDiscount) {
    double known = discount == null ? modelDiscount : discount;
    PlannerSettings settings = planner.withDiscount(known);
    if (open.contains(Open.CONTEXT)) {
      settings = settings.withContext(model.blocks());
    }
    if (open.contains(Open.HORIZON)) {
      settings = settings.withHorizonUpTo(Math.max(1, model.blocks() - 1));
    }
    return new Player(settings, known);
  }
}
