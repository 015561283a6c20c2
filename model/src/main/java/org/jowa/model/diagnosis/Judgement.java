package org.jowa.model.diagnosis;

import org.jowa.model.settings.Gates;

/** Which figure has to reach what. */
final class Judgement {
  private Judgement() {}

  /** A figure with the gate that belongs to its name, if one does. */
  static Figure of(Figure figure, Gates gates) {
    double measured = figure.number();
    double trivial = figure.trivial();
    if (ChangedTokens.isFree(figure.name())) {
      boolean next = figure.name().equals(ChangedTokens.NEXT);
      return figure.gated(
          (next ? "at least " + gates.changedTokens() + " and " : "") + "above copying",
          measured > trivial && (!next || measured >= gates.changedTokens()));
    }
    return switch (figure.name()) {
      case TokenizerDiagnosis.RECALL ->
          figure.gated("at least " + gates.recall(), measured >= gates.recall());
      case TokenizerDiagnosis.MOVED ->
          figure.gated("at least " + gates.moved(), measured >= gates.moved());
      case TokenizerDiagnosis.L1 ->
          figure.gated(
              "at most " + (gates.l1() == 1 ? "" : gates.l1() + " of ") + "the median frame's",
              measured <= gates.l1() * trivial);
      case Events.REWARD_RECALL, Events.END_RECALL ->
          figure.gated("at least " + gates.eventRecall(), measured >= gates.eventRecall());
      case QAgainstReturn.CORRELATION ->
          figure.gated("above " + gates.rankCorrelation(), measured > gates.rankCorrelation());
      case QAgainstReturn.MOST_FREQUENT ->
          figure.gated(
              "at most " + gates.mostFrequentAction() + ", unless the data has more",
              measured <= gates.mostFrequentAction() || trivial > gates.mostFrequentAction());
      case PolicyAgreement.DECISIVE ->
          figure.gated("above the most frequent action", measured > trivial);
      default -> figure;
    };
  }
}
