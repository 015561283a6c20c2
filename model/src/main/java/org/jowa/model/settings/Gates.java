package org.jowa.model.settings;

/**
 * What figures have to reach: the thresholds of the {@code diagnose} section of the configuration.
 *
 * @param recall of small moving things by the tokenizer, at least
 * @param moved things that moved since the frame before, of which the tokenizer keeps at least that
 *     share
 * @param l1 of the tokenizer, at most this times that of the median frame
 * @param changedTokens of the next frame that the world model predicts right, at least
 * @param eventRecall of rewards and of ends, at least
 * @param rankCorrelation of Q with the return, above
 * @param mostFrequentAction share of states in which one greedy action wins, at most
 */
@Section("diagnose")
public record Gates(
    @Setting(
            value = "of small moving things, at least",
            key = "tokenizer.recall",
            range = "[0, 1]",
            before = "0.9")
        double recall,
    @Setting(
            value = "of things that moved since the frame before, at least",
            key = "tokenizer.moved",
            range = "[0, 1]",
            before = "0.93")
        double moved,
    @Setting(
            value = "mean error, at most this times the median frame's",
            key = "tokenizer.l1",
            range = "[0, 1e3]",
            before = "1")
        double l1,
    @Setting(
            value = "of the next frame predicted right, at least",
            key = "world.changed-tokens",
            range = "[0, 1]",
            before = "0.8")
        double changedTokens,
    @Setting(
            value = "of rewards and of ends, at least",
            key = "rewards.recall",
            range = "[0, 1]",
            before = "0.5")
        double eventRecall,
    @Setting(
            value = "rank correlation of Q with the return, above",
            key = "q.correlation",
            range = "[-1, 1]",
            before = "0.2")
        double rankCorrelation,
    @Setting(
            value = "share of states where one greedy action wins, at most",
            key = "q.commonest-action",
            range = "[0, 1]",
            before = "0.9")
        double mostFrequentAction) {

  /** Those of every preset. */
  public static final Gates STANDARD = new Gates(0.9, 0.93, 1.0, 0.8, 0.5, 0.2, 0.9);
}
