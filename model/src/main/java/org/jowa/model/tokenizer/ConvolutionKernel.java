package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;

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

  /** Undefined tensors for what wasn't wanted. */
  record Gradients(Tensor input, Tensor weight, Tensor bias) {}
}
