package org.jowa.model.settings;

import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * What the loss of a stage consists of.
 *
 * @param discount of the next step's return
 * @param objective which parts there are
 * @param penalty conservative penalty
 * @param penaltyWeight its factor
 * @param randomEnsembleMixture whether the ensemble is weighted at random in each step
 * @param returnSteps rewards that a TD target adds up before it bootstraps, within the segment; 1
 *     is the reference's, 0 takes the return of the record to the episode's end: the value of what
 *     the players did, as in one-step offline RL (arXiv 2106.08909)
 * @param supervisedWeight factor of the observation, reward and end losses
 * @param worldOnly whether the Q losses are left out (stage 1)
 * @param referencePenalty whether, with {@code td-loss: mse}, the penalty takes the reference's
 *     mistaken variable, 0.1 times the sum of the ensemble (spec section 3.4): for parity only
 */
@Section("world")
@RecordBuilder
public record LossSettings(
    @Setting(value = "of the next state's value", range = "[0, 1]") double discount,
    @Setting(
            value = "cql (all losses), q-only (no world losses) or cloning, in stage 2",
            before = "cql")
        Objective objective,
    @Setting("conservative penalty: cql, combo or none") Penalty penalty,
    @Setting(value = "of the conservative penalty", range = "[0, 1e3]") double penaltyWeight,
    @Setting("random weights over the Q heads at every step (REM)") boolean randomEnsembleMixture,
    @Setting(
            value = "rewards that a TD target adds up before it bootstraps; 0 = all",
            key = "n-step",
            range = "[0, 64]",
            before = "1")
        int returnSteps,
    @Setting(value = "of observation, reward and end losses in stage 2", range = "[0, 1e3]")
        double supervisedWeight,
    boolean worldOnly,
    boolean referencePenalty)
    implements LossSettingsBuilder.With {
  /** Stage 1: the world losses alone, weight 1 each. */
  public static final LossSettings WORLD_ONLY =
      new LossSettings(0, Objective.CQL, Penalty.NONE, 0, false, 1, 1, true, false);

  /** Stage 2. */
  public static LossSettings withQ(
      double supervisedWeight,
      double discount,
      Penalty penalty,
      double penaltyWeight,
      boolean randomEnsembleMixture) {
    return new LossSettings(
        discount,
        Objective.CQL,
        penalty,
        penaltyWeight,
        randomEnsembleMixture,
        1,
        supervisedWeight,
        false,
        false);
  }

  /** The same with the weights that its objective has. */
  public LossSettings weighted() {
    return switch (objective) {
      case CQL -> this;
      case Q_ONLY -> withSupervisedWeight(0);
      // The penalty is the cross-entropy of the action taken, but for its weight.
      case CLONING -> with(loss -> loss.supervisedWeight(0).penalty(Penalty.CQL).penaltyWeight(1));
    };
  }

  /** Whether the Q losses are added. */
  public boolean trainsQ() {
    return !worldOnly;
  }

  /** Whether the temporal-difference loss counts. */
  public boolean trainsTd() {
    return objective != Objective.CLONING;
  }
}
