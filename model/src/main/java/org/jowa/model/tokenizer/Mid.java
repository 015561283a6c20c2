package org.jowa.model.tokenizer;

import org.jowa.model.torch.FlatParameters;

/** The middle of encoder and decoder at 6x6. */
record Mid(ResBlock first, Attention attention, ResBlock second) {
  static Mid of(FlatParameters parameters, String name) {
    return new Mid(
        ResBlock.of(parameters, name + ".block_1"),
        Attention.of(parameters, name + ".attn_1"),
        ResBlock.of(parameters, name + ".block_2"));
  }

  Node apply(Pass pass, Node x) {
    return pass.resBlock(pass.attention(pass.resBlock(x, first), attention), second);
  }
}
