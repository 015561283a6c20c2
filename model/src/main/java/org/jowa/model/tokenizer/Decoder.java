package org.jowa.model.tokenizer;

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

  Decoder(Layers layers) {
    input = Conv.of(layers, "decoder.conv_in");
    mid = Mid.of(layers, "decoder.mid");
    for (int level = 0; level < LEVELS; level++) {
      String up = "decoder.up." + level;
      for (int i = 0; i < 3; i++) {
        blocks[level][i] = ResBlock.of(layers, up + ".block." + i);
      }
      if (level > 0) {
        upsamples[level] = Conv.of(layers, up + ".upsample.conv");
      }
    }
    outputNorm = Norm.of(layers, "decoder.norm_out");
    output = Conv.of(layers, "decoder.conv_out");
  }

  /**
   * @param latents [n, latentChannels, 6, 6], channels last
   * @return [n, 1, 84, 84], about [-1, 1], not clamped
   */
  Node apply(Pass pass, Node latents) {
    Node x = mid.apply(pass, pass.convolve(latents, input));
    for (int level = LEVELS - 1; level >= 0; level--) {
      for (ResBlock block : blocks[level]) {
        x = pass.resBlock(x, block);
      }
      if (level > 0) {
        x = pass.enlargeAndConvolve(x, level == 2 ? 7 : 2, upsamples[level]);
      }
    }
    return pass.normSwishConvolve(x, outputNorm, output);
  }
}
