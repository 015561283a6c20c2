package org.jowa.model.world;

import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.Compute;

/**
 * The head that predicts the next observation token, with its cross-entropy and their backward
 * pass. Nearly all of a batch's head rows go through it and its classes are many, so it works in
 * chunks of rows: logits of a whole batch would be the largest tensors of a step.
 */
final class ObservationHead {
  private static final int CHUNK = 1024;

  private final WorldTensors.Linear first;
  private final WorldTensors.Linear second;
  private final WorldTensors.Linear firstGradients;
  private final WorldTensors.Linear secondGradients;
  private final Activations.Head memory;
  private final Compute compute;
  private final Products products;

  ObservationHead(
      WorldTensors weights,
      WorldTensors gradients,
      Activations.Head memory,
      Compute compute,
      Products products) {
    first = weights.observationHidden();
    second = weights.observationLogits();
    firstGradients = gradients.observationHidden();
    secondGradients = gradients.observationLogits();
    this.memory = memory;
    this.compute = compute;
    this.products = products;
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
  Tensor crossEntropy(Tensor rows, Tensor labels, double scale, Optional<Tensor> rowGradient) {
    int n = Math.toIntExact(rows.size(0));
    Tensor losses = compute.device().empty(ScalarType.Float, n);
    for (int from = 0; from < n; from += CHUNK) {
      int count = Math.min(CHUNK, n - from);
      Tensor part = compute.operand(rows.narrow(0, from, count), memory.rows);
      Tensor classes = labels.narrow(0, from, count).view(count, 1);
      Tensor hidden = memory.hidden.view(count, first.bias().numel());
      products.linear(hidden, part, first).relu_();
      Tensor logits = memory.logits.view(count, second.bias().numel());
      Tensor product = compute.productFor(logits, memory.logitsProduct);
      products.linear(product, hidden, second);
      compute.store(product, logits);
      torch.log_softmax_out(logits, logits, 1);
      losses.narrow(0, from, count).copy_(logits.gather(1, classes).view(count));
      if (rowGradient.isPresent()) {
        logits.exp_();
        logits.scatter_add_(1, classes, torch.full_like(logits.narrow(1, 0, 1), new Scalar(-1.0)));
        Tensor factor = compute.operand(logits, memory.logitsProduct);
        backward(factor, hidden, part, scale, rowGradient.get().narrow(0, from, count));
      }
    }
    return losses.neg_();
  }

  /** {@code logits} holds probabilities minus labels: the gradient of the logits but for scale. */
  private void backward(
      Tensor logits, Tensor hidden, Tensor rows, double scale, Tensor rowGradient) {
    Scalar zero = new Scalar(0.0);
    products.add(secondGradients.weight(), logits.t(), hidden, scale);
    products.addRows(secondGradients.bias(), logits, scale);
    Tensor gradient = memory.hiddenGradient.view(hidden.size(0), hidden.size(1));
    products.multiply(gradient, logits, second.weight(), scale);
    torch.threshold_backward_out(gradient, gradient, hidden, zero);
    products.add(firstGradients.weight(), gradient.t(), rows);
    products.addRows(firstGradients.bias(), gradient);
    Tensor product = compute.productFor(rowGradient, memory.rowGradient);
    products.multiply(product, gradient, first.weight());
    compute.store(product, rowGradient);
  }
}
