package org.jowa.model.tokenizer;

import static java.util.Objects.requireNonNull;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A tensor of a forward pass and, in the backward pass, the gradient that has reached it so far.
 */
final class Node {
  private final Tensor value;
  private @Nullable Tensor gradient;

  Node(Tensor value) {
    this.value = value;
  }

  Tensor value() {
    return value;
  }

  /** What has reached it, which is something once all later steps were taken back. */
  Tensor gradient() {
    return requireNonNull(gradient);
  }

  /**
   * Adds a gradient.
   *
   * @param own tensor that nothing else uses: the sum may be made in it
   */
  void receive(Tensor own) {
    if (gradient != null) {
      own.add_(gradient);
      gradient.close();
    }
    gradient = own;
  }

  /** Takes over a gradient that others read too; this has to be the first that arrives. */
  void share(Tensor other) {
    if (gradient != null) {
      throw new IllegalStateException("Only a first gradient can be shared");
    }
    gradient = new Tensor(other);
  }

  /**
   * Frees the tensors now rather than with their scope, so that the next ones reuse warm memory.
   */
  void close() {
    value.close();
    if (gradient != null) {
      gradient.close();
    }
  }
}
