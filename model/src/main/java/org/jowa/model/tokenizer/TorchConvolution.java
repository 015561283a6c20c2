package org.jowa.model.tokenizer;

import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Torch's own convolutions. */
final class TorchConvolution implements ConvolutionKernel {
  private static final long[] ONE = {1, 1};
  private static final long[] ZERO = {0, 0};

  /**
   * In fp32 on a CPU, by oneDNN whatever the sizes: torch's choice depends on the number of frames
   * and threads, and a frame's tokens must not.
   */
  @Override
  public Tensor forward(Tensor x, Tensor weight, Tensor bias, long stride, long padding) {
    long[] strides = {stride, stride};
    long[] paddings = {padding, padding};
    TensorOptional added = new TensorOptional(bias);
    if (x.is_cpu() && x.scalar_type().intern() == ScalarType.Float) {
      return torch.mkldnn_convolution(x, weight, added, paddings, strides, ONE, 1);
    }
    return torch.conv2d(x, weight, added, strides, paddings, ONE, 1);
  }

  @Override
  public Gradients backward(
      Tensor gradient,
      Tensor x,
      Tensor weight,
      long stride,
      long padding,
      boolean ofInput,
      boolean ofBias) {
    T_TensorTensorTensor_T gradients =
        backward(gradient, x, weight, stride, padding, wanted(ofInput, true, ofBias));
    return new Gradients(gradients.get0(), gradients.get1(), gradients.get2());
  }

  /** The gradient of the input alone. */
  Tensor ofInput(Tensor gradient, Tensor x, Tensor weight, long stride, long padding) {
    return backward(gradient, x, weight, stride, padding, wanted(true, false, false)).get0();
  }

  private static T_TensorTensorTensor_T backward(
      Tensor gradient, Tensor x, Tensor weight, long stride, long padding, BoolPointer wanted) {
    return torch.convolution_backward(
        gradient,
        x,
        weight,
        new long[] {weight.size(0)},
        new long[] {stride, stride},
        new long[] {padding, padding},
        ONE,
        false,
        ZERO,
        1,
        wanted);
  }

  /** Which results of a backward operator are computed. */
  static BoolPointer wanted(boolean... results) {
    BoolPointer mask = new BoolPointer(results.length);
    for (int i = 0; i < results.length; i++) {
      mask.put(i, results[i]);
    }
    return mask;
  }

  @Override
  public String toString() {
    return "torch";
  }
}
