package org.jowa.jobs.diagnose;

import java.io.Serializable;
import org.jowa.jobs.config.Config;
import org.jowa.model.diagnosis.Gates;

/**
 * How much is looked at and what has to be reached: the {@code diagnose} section.
 *
 * @param seed of what is drawn
 * @param frames of a game that the tokenizer is shown, at most
 * @param episodes of a game that sequences are drawn from, at most
 * @param sequences of a game that the model reads for world model and Q-function, at most; half as
 *     many again for each of policy and rare events, a quarter for running freely
 * @param recall and the others as in {@link Gates}
 */
record DiagnoseSettings(
    long seed,
    int frames,
    int episodes,
    int sequences,
    double recall,
    double l1,
    double changedTokens,
    double eventRecall,
    double rankCorrelation,
    double commonestAction)
    implements Serializable {

  static DiagnoseSettings of(Config config) {
    return new DiagnoseSettings(
        config.integer("seed"),
        config.integer("diagnose.frames"),
        config.integer("diagnose.episodes"),
        config.integer("diagnose.sequences"),
        config.decimal("diagnose.tokenizer.recall"),
        config.decimal("diagnose.tokenizer.l1"),
        config.decimal("diagnose.world.changed-tokens"),
        config.decimal("diagnose.rewards.recall"),
        config.decimal("diagnose.q.correlation"),
        config.decimal("diagnose.q.commonest-action"));
  }

  Gates gates() {
    return new Gates(recall, l1, changedTokens, eventRecall, rankCorrelation, commonestAction);
  }
}
