package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A convolution.
 *
 * @param weight in the type of products, [out, in, kernel, kernel]
 * @param bias in the type of products, [out]
 * @param weightParameter fp32, which owns the gradient
 * @param biasParameter fp32, which owns the gradient
 */
record Conv(Tensor weight, Tensor bias, Tensor weightParameter, Tensor biasParameter) {
  static Conv of(Layers layers, String name) {
    return new Conv(
        layers.product(name + ".weight"),
        layers.product(name + ".bias"),
        layers.parameter(name + ".weight"),
        layers.parameter(name + ".bias"));
  }

  long kernel() {
    return weight.size(2);
  }

  /** As a linear layer, for 1x1 kernels: [..., in] to [..., out], in the type of products. */
  Tensor linear(Tensor x) {
    Tensor factor = x.toType(weight.scalar_type());
    return torch.linear(
        factor, weight.view(weight.size(0), weight.size(1)), new TensorOptional(bias));
  }
}
