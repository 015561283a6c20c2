package org.jowa.model.plan;

import java.io.Serializable;
import org.jowa.error.UsageException;

/**
 * How a beam search plans.
 *
 * @param width nodes kept at every depth, and most actions tried from each
 * @param horizon steps looked ahead; 0 acts greedily
 * @param discount of rewards and values, that which the model was trained with
 * @param ends what a predicted end means
 * @param speculation how frames are decoded
 */
public record BeamSettings(
    int width, int horizon, double discount, Ends ends, Speculation speculation)
    implements Serializable {
  /** What a predicted end of the episode means for the search. */
  public enum Ends {
    /** Nothing, as in the reference. */
    IGNORED,
    /** Nothing is earned afterwards. */
    RESPECTED
  }

  /** How frames are decoded; the result is the same. */
  public enum Speculation {
    /** Guessed as long as that is cheaper, by what was accepted so far. */
    AUTO,
    /** Always guessed. */
    ON,
    /** One token a pass. */
    OFF
  }

  /** Checks the ranges. */
  public BeamSettings {
    if (width < 1) {
      throw new UsageException("beam width is " + width + ": it must be at least 1");
    }
    if (horizon < 0) {
      throw new UsageException("horizon is " + horizon + ": it must be at least 0");
    }
    if (!(discount >= 0 && discount <= 1)) {
      throw new UsageException("discount is " + discount + ": it must be in [0, 1]");
    }
  }

  /** The reference's search: discount 0.99, ends ignored. */
  public static BeamSettings of(int width, int horizon) {
    return new BeamSettings(width, horizon, 0.99, Ends.IGNORED, Speculation.AUTO);
  }

  public BeamSettings withHorizon(int horizon) {
    return new BeamSettings(width, horizon, discount, ends, speculation);
  }

  public BeamSettings withDiscount(double discount) {
    return new BeamSettings(width, horizon, discount, ends, speculation);
  }

  public BeamSettings withEnds(Ends ends) {
    return new BeamSettings(width, horizon, discount, ends, speculation);
  }

  public BeamSettings withSpeculation(Speculation speculation) {
    return new BeamSettings(width, horizon, discount, ends, speculation);
  }
}
