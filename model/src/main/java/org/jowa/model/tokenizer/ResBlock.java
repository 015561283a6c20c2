package org.jowa.model.tokenizer;

import org.jowa.model.torch.FlatParameters;

/** Weights of two rounds of norm, swish and 3x3 convolution; {@link Pass#resBlock} runs them. */
record ResBlock(Norm norm1, Conv conv1, Norm norm2, Conv conv2) {
  static ResBlock of(FlatParameters parameters, String name) {
    return new ResBlock(
        Norm.of(parameters, name + ".norm1"),
        Conv.of(parameters, name + ".conv1"),
        Norm.of(parameters, name + ".norm2"),
        Conv.of(parameters, name + ".conv2"));
  }
}
