package org.jowa.model.world;

import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Slab;

/** Layer normalisation over the last dimension, with its backward pass. */
final class LayerNorm implements AutoCloseable {
  static final double EPSILON = 1e-5;

  private final LayerTensors.Norm weights;
  private final LayerTensors.Norm gradients;
  private final Slab outputSlab;
  private final Slab meanSlab;
  private final Slab deviationSlab;
  private Tensor input;
  private Tensor mean;
  private Tensor reciprocalDeviation;

  LayerNorm(LayerTensors.Norm weights, LayerTensors.Norm gradients, Compute compute) {
    this.weights = weights;
    this.gradients = gradients;
    outputSlab = compute.slab();
    meanSlab = compute.slab();
    deviationSlab = compute.slab();
  }

  /**
   * @param values {@code [n, E]}, needed until the backward pass
   * @return {@code [n, E]}
   */
  Tensor forward(Tensor values) {
    long rows = values.size(0);
    long width = values.size(1);
    input = values;
    mean = meanSlab.view(rows, 1);
    reciprocalDeviation = deviationSlab.view(rows, 1);
    Tensor output = outputSlab.view(rows, width);
    torch.native_layer_norm_out(
        output,
        mean,
        reciprocalDeviation,
        values,
        new long[] {width},
        new TensorOptional(weights.weight()),
        new TensorOptional(weights.bias()),
        EPSILON);
    return output;
  }

  /** Adds to the gradients of the weights, and that of the input to {@code stream}. */
  void backward(Tensor gradient, Tensor stream) {
    T_TensorTensorTensor_T parts =
        torch.native_layer_norm_backward(
            gradient,
            input,
            new long[] {gradient.size(1)},
            mean,
            reciprocalDeviation,
            new TensorOptional(weights.weight()),
            new TensorOptional(weights.bias()),
            new BoolPointer(3).put(0, true).put(1, true).put(2, true));
    stream.add_(parts.get0());
    gradients.weight().add_(parts.get1());
    gradients.bias().add_(parts.get2());
  }

  @Override
  public void close() {
    outputSlab.close();
    meanSlab.close();
    deviationSlab.close();
  }
}
