package org.jowa.model.loss;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What an ensemble of value distributions makes of recorded actions.
 *
 * @param distributions of the actions taken, {@code [n, atoms]}
 * @param logSumExp of Q over all actions, {@code [n]}
 * @param q of the actions taken, {@code [n]}
 */
record TakenActions(Tensor distributions, Tensor logSumExp, Tensor q) {
  private static final double LOG_FLOOR = 1e-8;

  /**
   * @param online probabilities of the atoms, {@code [qHeads, n, 18, atoms]}
   * @param taken ids of actions, int64 {@code [n]}
   * @param mixture weights of the ensemble, {@code [qHeads, 1, 1, 1]}
   */
  static TakenActions of(Tensor online, Tensor taken, Tensor mixture, C51 c51) {
    long heads = online.size(0);
    long n = online.size(1);
    long atoms = online.size(3);
    Tensor chosen =
        online
            .gather(2, taken.view(1, n, 1, 1).expand(heads, n, 1, atoms))
            .mul(mixture)
            .sum(0)
            .view(n, atoms);
    Tensor expected = torch.matmul(online.mean(0), c51.atoms());
    return new TakenActions(chosen, expected.logsumexp(-1), torch.matmul(chosen, c51.atoms()));
  }

  /** Cross-entropies of distributions with targets, {@code [n]} of {@code [n, atoms]}. */
  static Tensor crossEntropy(Tensor distributions, Tensor target) {
    return distributions.add(new Scalar(LOG_FLOOR)).log().mul(target).sum(-1).neg();
  }
}
