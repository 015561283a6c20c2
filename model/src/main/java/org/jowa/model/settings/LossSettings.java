package org.jowa.model.settings;

import org.jowa.error.UsageException;

/**
 * What the loss of a stage consists of.
 *
 * @param trainQ whether the Q losses are added (stage 2)
 * @param supervisedWeight factor of the observation, reward and end losses
 * @param discount of the next step's return
 * @param penalty conservative penalty
 * @param penaltyWeight its factor
 * @param randomEnsembleMixture whether the ensemble is weighted at random in each step
 * @param referencePenalty whether, with {@code td-loss: mse}, the penalty takes the reference's
 *     mistaken variable, 0.1 times the sum of the ensemble (spec section 3.4): for parity only
 * @param returnSteps rewards that a TD target adds up before it bootstraps, within the segment; 1
 *     is the reference's, 0 takes the return of the record to the episode's end: the value of what
 *     the players did, as in one-step offline RL (arXiv 2106.08909)
 * @param objective which parts there are
 */
public record LossSettings(
    boolean trainQ,
    double supervisedWeight,
    double discount,
    Penalty penalty,
    double penaltyWeight,
    boolean randomEnsembleMixture,
    boolean referencePenalty,
    int returnSteps,
    Objective objective) {

  /** Checks the ranges. */
  public LossSettings {
    if (!(supervisedWeight >= 0)) {
      throw new UsageException(
          "world.supervised-weight is " + supervisedWeight + ": it must not be negative");
    }
    if (!(discount >= 0 && discount <= 1)) {
      throw new UsageException("world.discount is " + discount + ": it lies between 0 and 1");
    }
    if (!(penaltyWeight >= 0)) {
      throw new UsageException(
          "world.penalty-weight is " + penaltyWeight + ": it must not be negative");
    }
    if (returnSteps < 0) {
      throw new UsageException("world.n-step is " + returnSteps + ": it must not be negative");
    }
  }

  /** Stage 1: the world losses alone, weight 1 each. */
  public static LossSettings worldOnly() {
    return new LossSettings(false, 1, 0, Penalty.NONE, 0, false, false, 1, Objective.CQL);
  }

  /** Stage 2. */
  public static LossSettings withQ(
      double supervisedWeight,
      double discount,
      Penalty penalty,
      double penaltyWeight,
      boolean randomEnsembleMixture) {
    return new LossSettings(
        true,
        supervisedWeight,
        discount,
        penalty,
        penaltyWeight,
        randomEnsembleMixture,
        false,
        1,
        Objective.CQL);
  }

  /** The same with the reference's penalty of {@code td-loss: mse}. */
  public LossSettings withReferencePenalty() {
    return new LossSettings(
        trainQ,
        supervisedWeight,
        discount,
        penalty,
        penaltyWeight,
        randomEnsembleMixture,
        true,
        returnSteps,
        objective);
  }

  /** The same with targets of so many rewards. */
  public LossSettings withReturnSteps(int steps) {
    return new LossSettings(
        trainQ,
        supervisedWeight,
        discount,
        penalty,
        penaltyWeight,
        randomEnsembleMixture,
        referencePenalty,
        steps,
        objective);
  }

  /** The parts of these that an objective has. */
  public LossSettings of(Objective other) {
    boolean cloning = other == Objective.CLONING;
    return new LossSettings(
        trainQ,
        other == Objective.CQL ? supervisedWeight : 0,
        discount,
        // The penalty is the cross-entropy of the action taken, but for its weight.
        cloning ? Penalty.CQL : penalty,
        cloning ? 1 : penaltyWeight,
        randomEnsembleMixture,
        referencePenalty,
        returnSteps,
        other);
  }

  /** Whether the temporal-difference loss counts. */
  public boolean trainsTd() {
    return objective != Objective.CLONING;
  }
}
