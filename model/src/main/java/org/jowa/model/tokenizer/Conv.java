package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A convolution.
 *
 * @param weight in the type of products, [out, in, kernel, kernel]
 * @param bias in the type of products, [out]
 * @param weightParameter fp32, which owns the gradient
 * @param biasParameter fp32, which owns the gradient
 * @param arithmetic the type in which products are computed
 */
record Conv(
    Tensor weight,
    Tensor bias,
    Tensor weightParameter,
    Tensor biasParameter,
    ScalarType arithmetic) {
  static Conv of(Layers layers, String name) {
    return new Conv(
        layers.product(name + ".weight"),
        layers.product(name + ".bias"),
        layers.parameter(name + ".weight"),
        layers.parameter(name + ".bias"),
        layers.products().arithmetic());
  }

  long kernel() {
    return weight.size(2);
  }

  /** As a linear layer, for 1x1 kernels: [..., in] to [..., out], in the type of products. */
  Tensor linear(Tensor x) {
    ScalarType type = weight.scalar_type();
    Tensor matrix = weight.view(weight.size(0), weight.size(1));
    return torch
        .linear(
            x.toType(type).toType(arithmetic),
            matrix.toType(arithmetic),
            new TensorOptional(bias.toType(arithmetic)))
        .toType(type);
  }

  /** Product of two batches of matrices in the type of products. */
  Tensor multiply(Tensor left, Tensor right) {
    return torch
        .bmm(left.toType(arithmetic), right.toType(arithmetic))
        .toType(weight.scalar_type());
  }
}
