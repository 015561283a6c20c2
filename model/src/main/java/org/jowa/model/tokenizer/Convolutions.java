package org.jowa.model.tokenizer;

import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/** Convolutions of fp32 maps, forward and backward, in the type of products. */
final class Convolutions {
  private static final long[] ONE = {1, 1};
  private static final long[] ZERO = {0, 0};

  private final Compute compute;

  /** Whether factors are rounded to bf16, but multiplied in fp32. */
  private final boolean emulated;

  Convolutions(Compute compute) {
    this.compute = compute;
    emulated = compute.isMixed() && compute.device().isCpu() && !hasBf16();
  }

  /** Torch's own bf16 convolution for processors without oneDNN's is a hundred times slower. */
  private static boolean hasBf16() {
    try (StepScope scope = StepScope.inference()) {
      Tensor image = Tensors.zeros(ScalarType.BFloat16, 1, 1, 1, 1);
      torch.mkldnn_convolution(image, image, new TensorOptional(), ZERO, ONE, ONE, 1);
      return true;
    } catch (RuntimeException e) {
      return false;
    }
  }

  /** A map as {@link #forward} and {@link #backward} take it: itself, or a rounded copy. */
  Tensor factor(Tensor x) {
    return compute.isMixed() ? x.toType(compute.productType()) : x;
  }

  /**
   * In fp32 on a processor, by oneDNN whatever the sizes: torch's choice depends on the number of
   * frames and threads, and a frame's tokens must not.
   *
   * @param x from {@link #factor}
   * @return fp32
   */
  Tensor forward(Tensor x, Conv conv, long stride, long padding) {
    long[] strides = {stride, stride};
    long[] paddings = {padding, padding};
    if (!compute.isMixed() && compute.device().isCpu()) {
      TensorOptional bias = new TensorOptional(conv.bias());
      return torch.mkldnn_convolution(x, conv.weight(), bias, paddings, strides, ONE, 1);
    }
    try (Operands operands = new Operands(x, conv)) {
      TensorOptional bias = new TensorOptional(operands.bias);
      return widened(torch.conv2d(operands.x, operands.weight, bias, strides, paddings, ONE, 1));
    }
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
    if (!compute.isMixed()) {
      T_TensorTensorTensor_T gradients =
          gradients(gradient, x, conv.weight(), stride, padding, inputGradient, true);
      conv.weightParameter().grad().add_(gradients.get1());
      conv.biasParameter().grad().add_(gradients.get2());
      return gradients.get0();
    }
    Tensor rounded = factor(gradient);
    try (Operands operands = new Operands(x, conv)) {
      Tensor factor = operands.own(rounded);
      T_TensorTensorTensor_T gradients =
          gradients(factor, operands.x, operands.weight, stride, padding, inputGradient, false);
      conv.weightParameter().grad().add_(widened(gradients.get1()));
      conv.biasParameter()
          .grad()
          .add_(torch.sum(gradient, new long[] {0, 2, 3}, false, new ScalarTypeOptional()));
      return inputGradient ? widened(gradients.get0()) : gradients.get0();
    } finally {
      rounded.close();
    }
  }

  private static T_TensorTensorTensor_T gradients(
      Tensor gradient,
      Tensor x,
      Tensor weight,
      long stride,
      long padding,
      boolean ofInput,
      boolean ofBias) {
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
        wanted(ofInput, true, ofBias));
  }

  /** Which results of a backward operator are computed. */
  static BoolPointer wanted(boolean... results) {
    BoolPointer mask = new BoolPointer(results.length);
    for (int i = 0; i < results.length; i++) {
      mask.put(i, results[i]);
    }
    return mask;
  }

  /** A product as fp32, in its place; what was multiplied in fp32 is rounded first. */
  private Tensor widened(Tensor product) {
    if (!compute.isMixed()) {
      return product;
    }
    Tensor rounded = factor(product);
    Tensor wide = rounded.toType(ScalarType.Float);
    rounded.close();
    product.close();
    return wide;
  }

  /** What an operator is given, copies in fp32 if it emulates. */
  private final class Operands implements AutoCloseable {
    private final Tensor x;
    private final Tensor weight;
    private final Tensor bias;

    Operands(Tensor x, Conv conv) {
      this.x = own(x);
      weight = own(conv.weight());
      bias = own(conv.bias());
    }

    Tensor own(Tensor tensor) {
      return emulated ? tensor.toType(ScalarType.Float) : tensor;
    }

    @Override
    public void close() {
      if (emulated) {
        x.close();
        weight.close();
        bias.close();
      }
    }
  }
}
