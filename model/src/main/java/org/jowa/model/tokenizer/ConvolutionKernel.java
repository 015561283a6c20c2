package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Computes convolutions. Maps lie channels last in memory, given and returned; all tensors of a
 * call have one type.
 */
interface ConvolutionKernel {
  /**
   * @param x [n, in, h, w]
   * @param weight [out, in, kernel, kernel]
   * @param bias [out]
   * @return [n, out, ..]
   */
  Tensor forward(Tensor x, Tensor weight, Tensor bias, long stride, long padding);

  /**
   * @param gradient of the result
   * @param x as it was given
   * @param ofInput whether the input's gradient is wanted
   * @param ofBias whether the bias's is
   */
  Gradients backward(
      Tensor gradient,
      Tensor x,
      Tensor weight,
      long stride,
      long padding,
      boolean ofInput,
      boolean ofBias);

  /**
   * A convolution of stride 1 that keeps the size, of a map enlarged by its nearest neighbours.
   *
   * @param x before the enlargement
   * @param factor of the enlargement, at least 2
   */
  default Tensor forwardEnlarged(Tensor x, Tensor weight, Tensor bias, long factor) {
    Tensor enlarged = torch.upsample_nearest2d(x, enlarged(x, factor));
    Tensor y = forward(enlarged, weight, bias, 1, weight.size(2) / 2);
    enlarged.close();
    return y;
  }

  /** The backward pass of {@link #forwardEnlarged}, the input's gradient included. */
  default Gradients backwardEnlarged(
      Tensor gradient, Tensor x, Tensor weight, long factor, boolean ofBias) {
    long[] to = enlarged(x, factor);
    Tensor enlarged = torch.upsample_nearest2d(x, to);
    Gradients gradients =
        backward(gradient, enlarged, weight, 1, weight.size(2) / 2, /* ofInput= */ true, ofBias);
    enlarged.close();
    Tensor ofInput = torch.upsample_nearest2d_backward(gradients.input(), to, x.shape());
    gradients.input().close();
    return new Gradients(ofInput, gradients.weight(), gradients.bias());
  }

  private static long[] enlarged(Tensor x, long factor) {
    return new long[] {x.size(2) * factor, x.size(3) * factor};
  }

  /** Undefined tensors for what wasn't wanted. */
  record Gradients(Tensor input, Tensor weight, Tensor bias) {}
}
