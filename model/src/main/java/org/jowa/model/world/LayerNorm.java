package org.jowa.model.world;

import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Layer normalisation over the last dimension, with its backward pass. */
final class LayerNorm {
  static final double EPSILON = 1e-5;

  private final WorldTensors.Norm weights;
  private final WorldTensors.Norm gradients;
  private final Activations.Norm state;

  LayerNorm(WorldTensors.Norm weights, WorldTensors.Norm gradients, Activations.Norm state) {
    this.weights = weights;
    this.gradients = gradients;
    this.state = state;
  }

  /**
   * @param values {@code [n, E]}, needed until the backward pass
   * @return {@code [n, E]}
   */
  Tensor forward(Tensor values) {
    long rows = values.size(0);
    long width = values.size(1);
    state.input = values;
    state.mean = state.means.view(rows, 1);
    state.reciprocalDeviation = state.deviations.view(rows, 1);
    Tensor output = state.outputs.view(rows, width);
    torch.native_layer_norm_out(
        output,
        state.mean,
        state.reciprocalDeviation,
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
            state.input,
            new long[] {gradient.size(1)},
            state.mean,
            state.reciprocalDeviation,
            new TensorOptional(weights.weight()),
            new TensorOptional(weights.bias()),
            new BoolPointer(3).put(0, true).put(1, true).put(2, true));
    stream.add_(parts.get0());
    gradients.weight().add_(parts.get1());
    gradients.bias().add_(parts.get2());
  }
}
