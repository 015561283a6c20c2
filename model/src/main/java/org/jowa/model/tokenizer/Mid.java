package org.jowa.model.tokenizer;

/** The middle of encoder and decoder at 6x6. */
record Mid(ResBlock first, Attention attention, ResBlock second) {
  static Mid of(Layers layers, String name) {
    return new Mid(
        ResBlock.of(layers, name + ".block_1"),
        Attention.of(layers, name + ".attn_1"),
        ResBlock.of(layers, name + ".block_2"));
  }

  Node apply(Pass pass, Node x) {
    return pass.resBlock(pass.attention(pass.resBlock(x, first), attention), second);
  }
}
