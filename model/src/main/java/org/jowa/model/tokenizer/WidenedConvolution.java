package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Computes in a wider type and rounds what comes out: what a kernel of the narrow type should give.
 *
 * @param kernel computes
 * @param wide the type that it computes in
 */
record WidenedConvolution(ConvolutionKernel kernel, ScalarType wide) implements ConvolutionKernel {
  @Override
  public Tensor forward(Tensor x, Tensor weight, Tensor bias, long stride, long padding) {
    Tensor wideX = x.toType(wide);
    Tensor wideWeight = weight.toType(wide);
    Tensor wideBias = bias.toType(wide);
    Tensor result = kernel.forward(wideX, wideWeight, wideBias, stride, padding);
    close(wideX, wideWeight, wideBias);
    return roundedMap(result, x);
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
    Tensor wideGradient = gradient.toType(wide);
    Tensor wideX = x.toType(wide);
    Tensor wideWeight = weight.toType(wide);
    Gradients gradients =
        kernel.backward(wideGradient, wideX, wideWeight, stride, padding, ofInput, ofBias);
    close(wideGradient, wideX, wideWeight);
    return new Gradients(
        ofInput ? roundedMap(gradients.input(), x) : gradients.input(),
        rounded(gradients.weight(), x),
        ofBias ? rounded(gradients.bias(), x) : gradients.bias());
  }

  private static Tensor rounded(Tensor result, Tensor like) {
    Tensor rounded = result.toType(like.scalar_type());
    result.close();
    return rounded;
  }

  /** A map in the type of {@code like}, channels last, which not every type's kernel leaves it. */
  private static Tensor roundedMap(Tensor result, Tensor like) {
    Tensor rounded = rounded(result, like);
    Tensor map = rounded.contiguous(torch.MemoryFormat.ChannelsLast);
    rounded.close();
    return map;
  }

  private static void close(Tensor... tensors) {
    for (Tensor tensor : tensors) {
      tensor.close();
    }
  }
}
