package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.FlatParameters;

/** The middle of encoder and decoder at 6x6. */
record Mid(ResBlock first, Attention attention, ResBlock second) {
  static Mid of(FlatParameters parameters, String name) {
    return new Mid(
        ResBlock.of(parameters, name + ".block_1"),
        Attention.of(parameters, name + ".attn_1"),
        ResBlock.of(parameters, name + ".block_2"));
  }

  Tensor apply(Tensor x) {
    return second.apply(attention.apply(first.apply(x)));
  }
}
