package org.jowa.model.plan;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;
import java.util.Locale;
import org.jowa.error.UsageException;

/**
 * How a Monte Carlo tree search plans (spec section 6.2).
 *
 * @param mode whether the original's defects are kept
 * @param horizon steps that its context leaves room for; the tree is max(1, horizon - 1) deep
 * @param simulations of each plan
 * @param temperature of the priors, softmax(critic / temperature)
 * @param discount of rewards and values, that which the model was trained with
 * @param choice by what the action is chosen in the end
 * @param inFlight simulations of one environment that are imagined together, told apart by virtual
 *     losses; 1 searches in sequence
 * @param ends what a predicted end means
 * @param speculation how frames are decoded
 */
@RecordBuilder
public record MctsSettings(
    Mode mode,
    int horizon,
    int simulations,
    double temperature,
    double discount,
    Choice choice,
    int inFlight,
    BeamSettings.Ends ends,
    BeamSettings.Speculation speculation)
    implements Serializable, MctsSettingsBuilder.With {
  /** Which of the original's defects the search has. */
  public enum Mode {
    /**
     * All: every step is imagined from the root's frame, and the choice by value leaves out the
     * step's own reward and counts actions that were not tried as 0.
     */
    REFERENCE,
    /** All but the first: a step is imagined from the node that it leaves. */
    REFERENCE_FIXED_CACHE,
    /** None. */
    REPAIRED;

    /**
     * A mode by its name on the command line.
     *
     * @throws UsageException if there is none of that name
     */
    public static Mode byName(String name) {
      return switch (name) {
        case "reference" -> REFERENCE;
        case "repaired" -> REPAIRED;
        default ->
            throw new UsageException(
                "Unknown mode of tree search " + name + ": choose reference or repaired");
      };
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** What the best action is in the end. */
  public enum Choice {
    /** That of the largest mean return. */
    VALUE,
    /** That which was visited most often. */
    VISITS
  }

  /** Checks the ranges. */
  public MctsSettings {
    if (horizon < 1) {
      throw new UsageException("horizon is " + horizon + ": tree search needs at least 1");
    }
    if (simulations < 1) {
      throw new UsageException("simulations is " + simulations + ": it must be at least 1");
    }
    if (!(temperature > 0) || Double.isInfinite(temperature)) {
      throw new UsageException("temperature is " + temperature + ": it must be above 0");
    }
    if (!(discount >= 0 && discount <= 1)) {
      throw new UsageException("discount is " + discount + ": it must be in [0, 1]");
    }
    if (inFlight < 1) {
      throw new UsageException("simulations in flight are " + inFlight + ": it must be at least 1");
    }
  }

  /** The reference's defaults: horizon 6, 20 simulations, temperature 0.9, choice by value. */
  public static MctsSettings of(Mode mode) {
    return new MctsSettings(
        mode,
        6,
        20,
        0.9,
        0.99,
        Choice.VALUE,
        1,
        BeamSettings.Ends.IGNORED,
        BeamSettings.Speculation.AUTO);
  }

  /** Steps from the root to the deepest node. */
  int depth() {
    return Math.max(1, horizon - 1);
  }

  /** Whether steps are imagined from the node that they leave, not from the root. */
  boolean ownCache() {
    return mode != Mode.REFERENCE;
  }
}
