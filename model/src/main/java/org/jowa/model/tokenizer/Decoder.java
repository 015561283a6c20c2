package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.torch.FlatParameters;

/**
 * Grows a 6x6 grid of latents to frames: first by 7, then by 2, which is not the mirror of the
 * encoder, and without attention but in the middle, as the published weights want it.
 *
 * <p>Source: specification section 1.5.
 */
final class Decoder {
  private static final int LEVELS = 3;

  private final Conv input;
  private final Mid mid;
  private final ResBlock[][] blocks = new ResBlock[LEVELS][3];
  private final Conv[] upsamples = new Conv[LEVELS];
  private final Norm outputNorm;
  private final Conv output;

  Decoder(FlatParameters parameters) {
    input = Conv.of(parameters, "decoder.conv_in");
    mid = Mid.of(parameters, "decoder.mid");
    for (int level = 0; level < LEVELS; level++) {
      String up = "decoder.up." + level;
      for (int i = 0; i < 3; i++) {
        blocks[level][i] = ResBlock.of(parameters, up + ".block." + i);
      }
      if (level > 0) {
        upsamples[level] = Conv.of(parameters, up + ".upsample.conv");
      }
    }
    outputNorm = Norm.of(parameters, "decoder.norm_out");
    output = Conv.of(parameters, "decoder.conv_out");
  }

  /**
   * @param latents [n, latentChannels, 6, 6], channels last
   * @return [n, 1, 84, 84], about [-1, 1], not clamped
   */
  Tensor apply(Tensor latents) {
    Tensor x = mid.apply(input.apply(latents));
    for (int level = LEVELS - 1; level >= 0; level--) {
      for (ResBlock block : blocks[level]) {
        x = block.apply(x);
      }
      if (level > 0) {
        x = upsamples[level].apply(enlarge(x, level == 2 ? 7 : 2));
      }
    }
    return output.apply(outputNorm.swish(x));
  }

  private static Tensor enlarge(Tensor x, long factor) {
    return torch.upsample_nearest2d(x, x.size(2) * factor, x.size(3) * factor);
  }
}
