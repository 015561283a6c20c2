package org.jowa.model.plan;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jowa.env.game.Game;
import org.jowa.model.plan.BeamSettings.Speculation;

/**
 * Whether guessing frames is worth it: the cost of the frames that were guessed, by how many passes
 * they took and what those were fed ({@link PassCost}), against that of a token a pass. It counts
 * and doesn't look at a clock, so equal play makes equal choices on every machine.
 */
public final class SpeculationChoice {
  /** Weight of the newest frame in the mean. */
  private static final double NEWEST = 0.1;

  /** Frames between two guesses where guessing is dearer: things may have changed. */
  private static final int PAUSE = 50;

  private final Map<Integer, Mean> byRows = new HashMap<>();

  /** Mean cost of guessed frames, in that of a frame token by token. */
  private static final class Mean {
    private double cost = Double.NaN;
    private int pause;
  }

  SpeculationChoice() {}

  /**
   * Chooses for good, by plans in a few contexts: play in which the choice may change has results
   * that depend, in the last bit of a logit, on what was played before.
   *
   * @param decoder of the calling thread
   * @param settings of a planner that imagines
   * @param contexts as for {@link Planner#plan}, for one plan after the other
   * @return {@link Speculation#ON} or {@link Speculation#OFF}
   */
  public static Speculation once(
      WorldDecoder decoder, Game game, PlannerSettings settings, List<int[][]> contexts) {
    Planner planner = settings.withSpeculation(Speculation.ON).create(decoder, game, 0);
    contexts.forEach(planner::plan);
    Imagination.Cost cost = planner.cost();
    return cost.effort() < cost.steps() ? Speculation.ON : Speculation.OFF;
  }

  /** Whether to guess the next frame of so many branches. */
  boolean guesses(int rows) {
    Mean mean = byRows.computeIfAbsent(rows, r -> new Mean());
    if (Double.isNaN(mean.cost) || mean.cost < 1) {
      return true;
    }
    mean.pause = (mean.pause + 1) % PAUSE;
    return mean.pause == 0;
  }

  /** Takes in what a guessed frame cost, in the cost of a frame token by token. */
  void took(int rows, double cost) {
    Mean mean = byRows.computeIfAbsent(rows, r -> new Mean());
    mean.cost = Double.isNaN(mean.cost) ? cost : mean.cost + NEWEST * (cost - mean.cost);
  }
}
