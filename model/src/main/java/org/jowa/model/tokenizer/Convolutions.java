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

  /** Whether convolutions are those of fp32 numbers, on a processor. */
  boolean areExact() {
    return !compute.isMixed() && compute.device().isCpu();
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
    if (areExact()) {
      if (conv.weight().size(0) == 1 && keepsSize(conv.weight(), stride, padding)) {
        return SingleChannel.forward(x, conv.weight(), conv.bias());
      }
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
    if (areExact() && isByProducts(x, conv.weight(), stride, padding)) {
      addBias(conv, gradient);
      conv.weightParameter().grad().add_(weight(gradient, x, conv.weight(), stride, padding));
      return inputGradient ? input(gradient, x, conv.weight(), stride, padding) : new Tensor();
    }
    if (!compute.isMixed()) {
      T_TensorTensorTensor_T gradients =
          gradients(gradient, x, conv.weight(), stride, padding, wanted(inputGradient, true, true));
      conv.weightParameter().grad().add_(gradients.get1());
      conv.biasParameter().grad().add_(gradients.get2());
      return gradients.get0();
    }
    Tensor rounded = factor(gradient);
    try (Operands operands = new Operands(x, conv)) {
      Tensor factor = operands.own(rounded);
      T_TensorTensorTensor_T gradients =
          gradients(
              factor,
              operands.x,
              operands.weight,
              stride,
              padding,
              wanted(inputGradient, true, false));
      conv.weightParameter().grad().add_(widened(gradients.get1()));
      addBias(conv, gradient);
      return inputGradient ? widened(gradients.get0()) : gradients.get0();
    } finally {
      rounded.close();
    }
  }

  /**
   * A convolution of an enlarged map, computed on the map before it; for {@link #areExact} only.
   *
   * @param x before the enlargement
   */
  Tensor forward(Tensor x, Conv conv, Enlargement enlargement) {
    Tensor weight = enlargement.combined(conv.weight());
    TensorOptional bias = new TensorOptional(enlargement.repeated(conv.bias()));
    Tensor results = torch.mkldnn_convolution(x, weight, bias, ONE, ONE, ONE, 1);
    Tensor y = enlargement.spread(results);
    results.close();
    return y;
  }

  /** The way back of {@link #forward(Tensor, Conv, Enlargement)}; gives the gradient of x. */
  Tensor backward(Tensor gradient, Tensor x, Conv conv, Enlargement enlargement) {
    addBias(conv, gradient);
    Tensor results = enlargement.gather(gradient);
    Tensor weight = enlargement.combined(conv.weight());
    Tensor combined = weight(results, x, weight, 1, 1);
    conv.weightParameter().grad().add_(enlargement.separated(combined));
    Tensor ofInput = input(results, x, weight, 1, 1);
    results.close();
    return ofInput;
  }

  private static void addBias(Conv conv, Tensor gradient) {
    // Over memory in its order torch adds in cascades, else a single channel one by one.
    Tensor sums =
        gradient.size(1) == 1
            ? gradient.reshape(-1).sum().view(1)
            : torch.sum(gradient, new long[] {0, 2, 3}, false, new ScalarTypeOptional());
    conv.biasParameter().grad().add_(sums);
  }

  /** The gradient of a weight, in fp32 on a processor. */
  private static Tensor weight(
      Tensor gradient, Tensor x, Tensor weight, long stride, long padding) {
    if (!isByProducts(x, weight, stride, padding)) {
      return gradients(gradient, x, weight, stride, padding, wanted(false, true, false)).get1();
    }
    return hasSingleChannel(weight)
        ? SingleChannel.weightGradient(gradient, x)
        : WeightProducts.gradient(gradient, x, weight.size(2), padding);
  }

  /** Whether matrix products give the weight's gradient sooner than oneDNN's kernel does. */
  private static boolean isByProducts(Tensor x, Tensor weight, long stride, long padding) {
    return hasSingleChannel(weight)
        ? keepsSize(weight, stride, padding)
        : stride == 1 && WeightProducts.isFaster(x, weight);
  }

  private static boolean hasSingleChannel(Tensor weight) {
    return Math.min(weight.size(0), weight.size(1)) == 1;
  }

  /** The gradient of an input. */
  private static Tensor input(Tensor gradient, Tensor x, Tensor weight, long stride, long padding) {
    return gradients(gradient, x, weight, stride, padding, wanted(true, false, false)).get0();
  }

  private static boolean keepsSize(Tensor weight, long stride, long padding) {
    return weight.size(2) == 3 && stride == 1 && padding == 1;
  }

  private static T_TensorTensorTensor_T gradients(
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
