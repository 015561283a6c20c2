package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.FlatParameters;

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

  Encoder(FlatParameters parameters) {
    input = Conv.of(parameters, "encoder.conv_in");
    for (int level = 0; level < 3; level++) {
      String down = "encoder.down." + level;
      for (int i = 0; i < 2; i++) {
        blocks[level][i] = ResBlock.of(parameters, down + ".block." + i);
        if (level > 0) {
          attentions[level][i] = Attention.of(parameters, down + ".attn." + i);
        }
      }
      if (level < 2) {
        downsamples[level] = Conv.of(parameters, down + ".downsample.conv");
      }
    }
    mid = Mid.of(parameters, "encoder.mid");
    outputNorm = Norm.of(parameters, "encoder.norm_out");
    output = Conv.of(parameters, "encoder.conv_out");
  }

  /**
   * @param pixels [n, 1, 84, 84] in [-1, 1], channels last
   * @return [n, latentChannels, 6, 6]
   */
  Tensor apply(Tensor pixels) {
    return head(level2(downsample(1, level1(downsample(0, level0(pixels))))));
  }

  /** The first convolution and the blocks at 84x84. */
  Tensor level0(Tensor pixels) {
    return blocks[0][1].apply(blocks[0][0].apply(input.apply(pixels)));
  }

  /** From 84x84 to 12x12 (level 0) or from 12x12 to 6x6 (level 1). */
  Tensor downsample(int level, Tensor x) {
    return downsamples[level].downsample(x);
  }

  /** Blocks and attention at 12x12. */
  Tensor level1(Tensor x) {
    return withAttention(1, x);
  }

  private Tensor level2(Tensor x) {
    return withAttention(2, x);
  }

  private Tensor head(Tensor x) {
    return output.apply(outputNorm.swish(mid.apply(x)));
  }

  private Tensor withAttention(int level, Tensor x) {
    Tensor y = x;
    for (int i = 0; i < 2; i++) {
      y = attentions[level][i].apply(blocks[level][i].apply(y));
    }
    return y;
  }
}
