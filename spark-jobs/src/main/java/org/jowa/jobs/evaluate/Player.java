package org.jowa.jobs.evaluate;

import java.io.Serializable;
import org.jowa.model.plan.PlannerSettings;

/**
 * How an agent acts in a game.
 *
 * @param planner its discount is that of the model, unless one is given here
 * @param discount of plans; null for that which the model was trained with
 */
public record Player(PlannerSettings planner, Double discount) implements Serializable {
  /**
   * How it acts with a model.
   *
   * @param modelDiscount that the model was trained with
   */
  PlannerSettings with(double modelDiscount) {
    return planner.withDiscount(discount == null ? modelDiscount : discount);
  }
}
