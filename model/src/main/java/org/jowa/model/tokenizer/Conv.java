package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.torch.FlatParameters;

/** A convolution with bias. */
record Conv(Tensor weight, Tensor bias) {
  static Conv of(FlatParameters parameters, String name) {
    return new Conv(parameters.get(name + ".weight"), parameters.get(name + ".bias"));
  }

  /** Stride 1, size kept. */
  Tensor apply(Tensor x) {
    return apply(x, 1, weight.size(2) / 2);
  }

  /**
   * Zero-pads one pixel at the right and at the bottom, then strides by kernel - 1. Padding by a
   * whole stride all round gives the same windows plus a first row and column to leave out, without
   * copying the input.
   */
  Tensor downsample(Tensor x) {
    long stride = weight.size(2) - 1;
    Tensor y = apply(x, stride, stride);
    return y.narrow(2, 1, y.size(2) - 1).narrow(3, 1, y.size(3) - 1);
  }

  /** As a linear layer, for 1x1 kernels: [..., in] to [..., out]. */
  Tensor linear(Tensor x) {
    return torch.linear(x, weight.view(weight.size(0), weight.size(1)), new TensorOptional(bias));
  }

  private Tensor apply(Tensor x, long stride, long padding) {
    return torch.conv2d(
        x,
        weight,
        new TensorOptional(bias),
        new long[] {stride, stride},
        new long[] {padding, padding},
        new long[] {1, 1},
        1);
  }
}
