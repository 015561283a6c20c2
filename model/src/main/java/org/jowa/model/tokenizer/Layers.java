package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.ProductWeights;

/**
 * Where layers find their tensors by name.
 *
 * @param parameters fp32 weights, which own the gradients
 * @param products the weights in the type of convolutions and products
 */
record Layers(FlatParameters parameters, ProductWeights products) {
  Tensor parameter(String name) {
    return parameters.get(name);
  }

  Tensor product(String name) {
    return products.leaf(name);
  }
}
