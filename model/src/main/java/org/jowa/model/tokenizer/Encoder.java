package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;

/**
 * Shrinks frames to a 6x6 grid of latents. Feature maps lie channels last in memory.
 *
 * <p>Source: specification section 1.3.
 */
final class Encoder {
  private final Conv input;
  private final ResBlock[][] blocks = new ResBlock[3][2];
  private final Attention[][] attentions = new Attention[3][2];
  private final Conv[] downsamples = new Conv[2];
  private final Mid mid;
  private final Norm outputNorm;
  private final Conv output;

  Encoder(Layers layers) {
    input = Conv.of(layers, "encoder.conv_in");
    for (int level = 0; level < 3; level++) {
      String down = "encoder.down." + level;
      for (int i = 0; i < 2; i++) {
        blocks[level][i] = ResBlock.of(layers, down + ".block." + i);
        if (level > 0) {
          attentions[level][i] = Attention.of(layers, down + ".attn." + i);
        }
      }
      if (level < 2) {
        downsamples[level] = Conv.of(layers, down + ".downsample.conv");
      }
    }
    mid = Mid.of(layers, "encoder.mid");
    outputNorm = Norm.of(layers, "encoder.norm_out");
    output = Conv.of(layers, "encoder.conv_out");
  }

  /**
   * @param pixels [n, 1, 84, 84] in [-1, 1], channels last
   * @return [n, latentChannels, 6, 6]
   */
  Node apply(Pass pass, Tensor pixels) {
    Node x = level0(pass, pixels);
    x = level1(pass, downsample(pass, 0, x));
    x = withAttention(pass, 2, downsample(pass, 1, x));
    return pass.normSwishConvolve(mid.apply(pass, x), outputNorm, output);
  }

  /** The first convolution and the blocks at 84x84. */
  Node level0(Pass pass, Tensor pixels) {
    Node x = pass.convolveInput(pixels, input);
    for (ResBlock block : blocks[0]) {
      x = pass.resBlock(x, block);
    }
    return x;
  }

  /** From 84x84 to 12x12 (level 0) or from 12x12 to 6x6 (level 1). */
  Node downsample(Pass pass, int level, Node x) {
    return pass.downsample(x, downsamples[level]);
  }

  /** Blocks and attention at 12x12. */
  Node level1(Pass pass, Node x) {
    return withAttention(pass, 1, x);
  }

  private Node withAttention(Pass pass, int level, Node x) {
    Node y = x;
    for (int i = 0; i < 2; i++) {
      y = pass.attention(pass.resBlock(y, blocks[level][i]), attentions[level][i]);
    }
    return y;
  }
}
