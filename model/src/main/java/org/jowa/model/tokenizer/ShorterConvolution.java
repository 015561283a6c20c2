package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;

/**
 * Convolutions of fp32 maps on a CPU by ways that are shorter than another kernel's where there are
 * such: enlarged maps, weights of many channels of large maps, single channels.
 *
 * @param kernel for everything else
 */
record ShorterConvolution(TorchConvolution kernel) implements ConvolutionKernel {
  @Override
  public Tensor forward(Tensor x, Tensor weight, Tensor bias, long stride, long padding) {
    if (weight.size(0) == 1 && keepsSize(weight, stride, padding)) {
      return SingleChannel.forward(x, weight, bias);
    }
    return kernel.forward(x, weight, bias, stride, padding);
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
    if (!isByProducts(x, weight, stride, padding)) {
      return kernel.backward(gradient, x, weight, stride, padding, ofInput, ofBias);
    }
    Tensor ofWeight =
        hasSingleChannel(weight)
            ? SingleChannel.weightGradient(gradient, x)
            : WeightProducts.gradient(gradient, x, weight.size(2), padding);
    return new Gradients(
        ofInput ? kernel.ofInput(gradient, x, weight, stride, padding) : new Tensor(),
        ofWeight,
        ofBias ? Convolutions.sums(gradient) : new Tensor());
  }

  @Override
  public Tensor forwardEnlarged(Tensor x, Tensor weight, Tensor bias, long factor) {
    Enlargement enlargement = new Enlargement(factor);
    Tensor combined = enlargement.combined(weight);
    Tensor results = kernel.forward(x, combined, enlargement.repeated(bias), 1, 1);
    Tensor y = enlargement.spread(results);
    results.close();
    return y;
  }

  @Override
  public Gradients backwardEnlarged(
      Tensor gradient, Tensor x, Tensor weight, long factor, boolean ofBias) {
    Enlargement enlargement = new Enlargement(factor);
    Tensor results = enlargement.gather(gradient);
    Gradients ofCombined =
        backward(results, x, enlargement.combined(weight), 1, 1, true, /* ofBias= */ false);
    results.close();
    return new Gradients(
        ofCombined.input(),
        enlargement.separated(ofCombined.weight()),
        ofBias ? Convolutions.sums(gradient) : new Tensor());
  }

  /** Whether matrix products give the weight's gradient sooner than the kernel does. */
  private static boolean isByProducts(Tensor x, Tensor weight, long stride, long padding) {
    return hasSingleChannel(weight)
        ? keepsSize(weight, stride, padding)
        : stride == 1 && WeightProducts.isFaster(x, weight);
  }

  private static boolean hasSingleChannel(Tensor weight) {
    return Math.min(weight.size(0), weight.size(1)) == 1;
  }

  private static boolean keepsSize(Tensor weight, long stride, long padding) {
    return weight.size(2) == 3 && stride == 1 && padding == 1;
  }

  @Override
  public String toString() {
    return kernel + " and shorter ways";
  }
}
