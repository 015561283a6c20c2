package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.torch.Compute;
import org.jspecify.annotations.Nullable;

/** Convolutions of fp32 maps, forward and backward, in the type of products. */
final class Convolutions {
  private final Compute compute;
  private final TokenizerConfig config;
  private @Nullable ConvolutionKernel kernel;

  /**
   * @param config of the tokenizer whose convolutions they will be
   */
  Convolutions(Compute compute, TokenizerConfig config) {
    this.compute = compute;
    this.config = config;
  }

  /** A map as {@link #forward} and {@link #backward} take it: itself, or a rounded copy. */
  Tensor factor(Tensor x) {
    return compute.isMixed() ? x.toType(compute.productType()) : x;
  }

  /**
   * @param x from {@link #factor}
   * @return fp32
   */
  Tensor forward(Tensor x, Conv conv, long stride, long padding) {
    return widened(kernel().forward(x, conv.weight(), conv.bias(), stride, padding));
  }

  /**
   * Adds to the gradients of weight and bias; gives that of the input, undefined if not wanted.
   *
   * @param gradient fp32
   * @param x from {@link #factor}
   * @return fp32
   */
  Tensor backward(
      Tensor gradient, Tensor x, Conv conv, long stride, long padding, boolean inputGradient) {
    return add(
        gradient,
        conv,
        inputGradient,
        (factor, ofBias) ->
            kernel().backward(factor, x, conv.weight(), stride, padding, inputGradient, ofBias));
  }

  /**
   * A convolution that keeps the size, of an enlarged map.
   *
   * @param x before the enlargement, from {@link #factor}
   * @return fp32
   */
  Tensor forwardEnlarged(Tensor x, Conv conv, long factor) {
    return widened(kernel().forwardEnlarged(x, conv.weight(), conv.bias(), factor));
  }

  /**
   * The backward pass of {@link #forwardEnlarged}, as {@link #backward} with the input's gradient.
   */
  Tensor backwardEnlarged(Tensor gradient, Tensor x, Conv conv, long factor) {
    return add(
        gradient,
        conv,
        true,
        (rounded, ofBias) -> kernel().backwardEnlarged(rounded, x, conv.weight(), factor, ofBias));
  }

  private interface Backward {
    ConvolutionKernel.Gradients gradients(Tensor gradient, boolean ofBias);
  }

  private Tensor add(Tensor gradient, Conv conv, boolean inputGradient, Backward backward) {
    // The bias's gradient is a sum and no product: in fp32 always. Of a single channel the kernels
    // add it one by one, and that of the frames themselves consists of very many equal terms.
    boolean biasToo = !compute.isMixed() && conv.weight().size(0) > 1;
    Tensor factor = factor(gradient);
    ConvolutionKernel.Gradients gradients = backward.gradients(factor, biasToo);
    if (factor != gradient) {
      factor.close();
    }
    conv.weightParameter().grad().add_(widened(gradients.weight()));
    conv.biasParameter().grad().add_(biasToo ? gradients.bias() : sums(gradient));
    return inputGradient ? widened(gradients.input()) : gradients.input();
  }

  /** Sums over frames and positions, in cascades. */
  static Tensor sums(Tensor map) {
    return map.size(1) == 1
        ? map.reshape(-1).sum().view(1)
        : torch.sum(map, new long[] {0, 2, 3}, false, new ScalarTypeOptional());
  }

  /** Found at the first use, when the rank's threads are set. */
  private synchronized ConvolutionKernel kernel() {
    if (kernel == null) {
      kernel = TrustedConvolution.of(compute, config);
    }
    return kernel;
  }

  /** A product as fp32, in its place. */
  private Tensor widened(Tensor product) {
    if (!compute.isMixed()) {
      return product;
    }
    Tensor wide = product.toType(ScalarType.Float);
    product.close();
    return wide;
  }
}
