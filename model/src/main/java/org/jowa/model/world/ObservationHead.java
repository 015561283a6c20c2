package org.jowa.model.world;

import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.torch.Tensors;

/**
 * The head that predicts the next observation token, with its cross-entropy and their backward
 * pass. Nearly all of a batch's head rows go through it and its classes are many, so it works in
 * chunks of rows: logits of a whole batch would be the largest tensors of a step.
 */
final class ObservationHead implements AutoCloseable {
  private static final int CHUNK = 1024;
  private static final String NAME = "head_observations.head_module.";

  private final LayerTensors.Linear first;
  private final LayerTensors.Linear second;
  private final LayerTensors.Linear firstGradients;
  private final LayerTensors.Linear secondGradients;
  private final Slab hiddenSlab = new Slab();
  private final Slab hiddenGradientSlab = new Slab();
  private final Slab logitsSlab = new Slab();

  ObservationHead(ParameterViews weights, ParameterViews gradients) {
    first = LayerTensors.Linear.of(weights::view, NAME + 0);
    second = LayerTensors.Linear.of(weights::view, NAME + 2);
    firstGradients = LayerTensors.Linear.of(gradients::view, NAME + 0);
    secondGradients = LayerTensors.Linear.of(gradients::view, NAME + 2);
  }

  /**
   * Cross-entropy of each row.
   *
   * @param rows features {@code [n, E]}
   * @param labels classes, int64 {@code [n]}
   * @param scale what the sum of the cross-entropies counts in the total loss
   * @param rowGradient receives the gradient of {@code rows}, {@code [n, E]}; the head's weight
   *     gradients are added to then. Empty for the losses alone
   * @return {@code [n]}
   */
  float[] crossEntropy(Tensor rows, Tensor labels, double scale, Optional<Tensor> rowGradient) {
    int n = Math.toIntExact(rows.size(0));
    float[] losses = new float[n];
    for (int from = 0; from < n; from += CHUNK) {
      int count = Math.min(CHUNK, n - from);
      Tensor part = rows.narrow(0, from, count);
      Tensor classes = labels.narrow(0, from, count).view(count, 1);
      Tensor hidden = hiddenSlab.view(count, first.bias().numel());
      torch.addmm_out(hidden, first.bias(), part, first.weight().t()).relu_();
      Tensor logits = logitsSlab.view(count, second.bias().numel());
      torch.addmm_out(logits, second.bias(), hidden, second.weight().t());
      torch.log_softmax_out(logits, logits, 1);
      float[] chunk = Tensors.floats(logits.gather(1, classes));
      for (int i = 0; i < count; i++) {
        losses[from + i] = -chunk[i];
      }
      if (rowGradient.isPresent()) {
        logits.exp_();
        logits.scatter_add_(1, classes, torch.full(new long[] {count, 1}, new Scalar(-1.0)));
        backward(logits, hidden, part, scale, rowGradient.get().narrow(0, from, count));
      }
    }
    return losses;
  }

  /** {@code logits} holds probabilities minus labels: the gradient of the logits but for scale. */
  private void backward(
      Tensor logits, Tensor hidden, Tensor rows, double scale, Tensor rowGradient) {
    Scalar zero = new Scalar(0.0);
    Scalar one = new Scalar(1.0);
    Scalar factor = new Scalar(scale);
    secondGradients.weight().addmm_(logits.t(), hidden, one, factor);
    secondGradients.bias().add_(logits.sum(0), factor);
    Tensor gradient = hiddenGradientSlab.view(hidden.size(0), hidden.size(1));
    gradient.addmm_(logits, second.weight(), zero, factor);
    torch.threshold_backward_out(gradient, gradient, hidden, zero);
    firstGradients.weight().addmm_(gradient.t(), rows);
    firstGradients.bias().add_(gradient.sum(0));
    torch.mm_out(rowGradient, gradient, first.weight());
  }

  @Override
  public void close() {
    hiddenSlab.close();
    hiddenGradientSlab.close();
    logitsSlab.close();
  }
}
