package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.FlatParameters;

/** Two rounds of norm, swish and 3x3 convolution, added to the input. */
record ResBlock(Norm norm1, Conv conv1, Norm norm2, Conv conv2) {
  static ResBlock of(FlatParameters parameters, String name) {
    return new ResBlock(
        Norm.of(parameters, name + ".norm1"),
        Conv.of(parameters, name + ".conv1"),
        Norm.of(parameters, name + ".norm2"),
        Conv.of(parameters, name + ".conv2"));
  }

  Tensor apply(Tensor x) {
    Tensor inner = conv1.apply(norm1.swish(x));
    return x.add(conv2.apply(norm2.swish(inner)));
  }
}
