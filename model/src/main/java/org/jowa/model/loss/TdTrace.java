package org.jowa.model.loss;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;

/**
 * The temporal-difference loss of a batch row by row, copied out for comparison. Pairs come first,
 * then one row for each terminal step. "Real steps" are numbered through the batch.
 *
 * @param realSteps index in {@code [B * T]} of every real step
 * @param position of each row's step among the real steps
 * @param next of the step that each row bootstraps from, among the real steps
 * @param pairs number of rows that are pairs
 * @param predicted {@code [rows, outputs]}: probabilities of the atoms, or one value
 * @param bootstrap {@code [rows, outputs]}: the next step's best by the target head; of no meaning
 *     for terminal rows
 * @param target {@code [rows, outputs]}
 * @param support {@code [rows, atoms]}: where the atoms go, not clipped; empty without atoms
 * @param targetQ {@code [real steps, 18]}, minus infinity for actions that are no candidates
 * @param greedy best action of each real step
 */
public record TdTrace(
    int[] realSteps,
    int[] position,
    int[] next,
    int pairs,
    float[] predicted,
    float[] bootstrap,
    float[] target,
    float[] support,
    float[] targetQ,
    long[] greedy) {

  /** Computes the rows without dropout and without gradients. */
  public static TdTrace of(
      WorldActionModel model, WorldBatch batch, LossSettings settings, EnsembleWeights weights) {
    try (StepScope scope = StepScope.inference()) {
      FeatureRows features =
          new FeatureRows(
              model.forward(batch, Optional.empty()), batch, model.device(), model.config());
      QRows q = QRows.of(model, batch, features, settings, weights);
      TdRows rows = q.rows();
      Tensor support = torch.empty(0);
      if (model.config().tdLoss() == TdLoss.C51) {
        support =
            C51.of(model.config(), model.device())
                .support(
                    QRows.rewards(rows, model.device()), QRows.discounts(rows, model.device()));
      }
      return new TdTrace(
          features.values().steps(),
          rows.position(),
          rows.next(),
          rows.pairs(),
          Tensors.floats(q.predicted()),
          Tensors.floats(q.bootstrap()),
          Tensors.floats(q.target()),
          Tensors.floats(support),
          Tensors.floats(q.targetQ()),
          Tensors.longs(q.greedy()));
    }
  }
}
