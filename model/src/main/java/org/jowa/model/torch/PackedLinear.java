package org.jowa.model.torch;

import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;

/** A linear layer with weights in a layout of oneDNN's own. */
final class PackedLinear implements AutoCloseable {
  private final Tensor packed;
  private final IValue weight;
  private final IValue bias;

  private PackedLinear(Tensor packed, IValue weight, IValue bias) {
    this.packed = packed;
    this.weight = weight;
    this.bias = bias;
  }

  /**
   * A layer with a copy of these weights.
   *
   * @param weight fp32 [in, out], on the CPU
   * @param bias fp32 [out]
   * @throws RuntimeException or LinkageError if torch has no such operators
   */
  static PackedLinear of(Tensor weight, Tensor bias) {
    try (StepScope scope = StepScope.inference()) {
      Tensor packed = Tensors.keep(OneDnn.packed(weight.t().contiguous()));
      IValue ofWeight = new IValue(packed).retainReference();
      IValue ofBias = new IValue(bias).retainReference();
      return new PackedLinear(packed, ofWeight, ofBias);
    }
  }

  /**
   * The results, [rows, out], contiguous, in the caller's scope.
   *
   * @param x [rows, in]
   */
  Tensor apply(Tensor x) {
    return OneDnn.linear(x, weight, bias);
  }

  /** The weights as they came, [in, out], contiguous, in the caller's scope. */
  Tensor unpacked() {
    return packed.to_dense().t().contiguous();
  }

  @Override
  public void close() {
    weight.releaseReference();
    bias.releaseReference();
    Tensors.release(packed);
  }
}
