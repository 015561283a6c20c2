package org.jowa.model.tokenizer;

/** Weights of two rounds of norm, swish and 3x3 convolution; {@link Pass#resBlock} runs them. */
record ResBlock(Norm norm1, Conv conv1, Norm norm2, Conv conv2) {
  static ResBlock of(Layers layers, String name) {
    return new ResBlock(
        Norm.of(layers, name + ".norm1"),
        Conv.of(layers, name + ".conv1"),
        Norm.of(layers, name + ".norm2"),
        Conv.of(layers, name + ".conv2"));
  }
}
