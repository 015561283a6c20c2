package org.jowa.model.diagnosis;

/**
 * What figures have to reach: the thresholds of the {@code diagnose} section of the configuration.
 *
 * @param recall of small moving things by the tokenizer, at least
 * @param l1 of the tokenizer, at most this times that of the median frame
 * @param changedTokens of the next frame that the world model predicts right, at least
 * @param eventRecall of rewards and of ends, at least
 * @param rankCorrelation of Q with the return, above
 * @param commonestAction share of states in which one greedy action wins, at most
 */
public record Gates(
    double recall,
    double l1,
    double changedTokens,
    double eventRecall,
    double rankCorrelation,
    double commonestAction) {

  /** Those of every preset. */
  public static final Gates STANDARD = new Gates(0.9, 1.0, 0.8, 0.5, 0.2, 0.9);

  /** A figure with the gate that belongs to its name, if one does. */
  Figure judge(Figure figure) {
    double value = figure.number();
    double trivial = figure.trivial();
    if (ChangedTokens.isFree(figure.name())) {
      boolean next = figure.name().equals(ChangedTokens.NEXT);
      return figure.gated(
          (next ? "at least " + changedTokens + " and " : "") + "above copying",
          value > trivial && (!next || value >= changedTokens));
    }
    return switch (figure.name()) {
      case TokenizerDiagnosis.RECALL -> figure.gated("at least " + recall, value >= recall);
      case TokenizerDiagnosis.L1 ->
          figure.gated(
              "at most " + (l1 == 1 ? "" : l1 + " of ") + "the median frame's",
              value <= l1 * trivial);
      case Events.REWARD_RECALL, Events.END_RECALL ->
          figure.gated("at least " + eventRecall, value >= eventRecall);
      case QAgainstReturn.CORRELATION ->
          figure.gated("above " + rankCorrelation, value > rankCorrelation);
      case QAgainstReturn.COMMONEST ->
          figure.gated(
              "at most " + commonestAction + ", unless the data has more",
              value <= commonestAction || trivial > commonestAction);
      case PolicyAgreement.DECISIVE ->
          figure.gated("above the most frequent action", value > trivial);
      default -> figure;
    };
  }
}
