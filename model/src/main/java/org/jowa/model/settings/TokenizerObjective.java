package org.jowa.model.settings;

/**
 * What a tokenizer's reconstruction and codes are trained for. Differences are of pixels in [-1,
 * 1].
 *
 * @param l1 weight of the mean absolute difference
 * @param l2 weight of the mean squared difference
 * @param worstPixel weight of each frame's largest squared difference
 * @param movingPixels how often a pixel counts in the means that differs from its game's background
 * @param commitment weight of what pulls latents to their codes
 */
@Section("tokenizer.loss")
public record TokenizerObjective(
    @Setting(value = "weight of the mean absolute difference", range = "[0, 1e3]", before = "1")
        double l1,
    @Setting(value = "weight of the mean squared difference", range = "[0, 1e3]", before = "0")
        double l2,
    @Setting(
            value = "weight of each frame's largest squared difference",
            range = "[0, 1e3]",
            before = "0")
        double worstPixel,
    @Setting(
            value = "how often pixels that differ from the median frame count",
            range = "[0, 1e3]",
            before = "1")
        double movingPixels,
    @Setting(
            value = "weight of what pulls latents to their codes",
            range = "[0, 1e3]",
            before = "1")
        double commitment) {
  /** The paper's. */
  public static final TokenizerObjective STANDARD = new TokenizerObjective(1, 0, 0, 1, 1);

  /** Whether no reconstruction counts. */
  boolean isNothing() {
    return l1 + l2 + worstPixel == 0;
  }

  /** Whether reconstruction is the plain mean absolute difference. */
  public boolean isPlain() {
    return l1 == 1 && l2 == 0 && worstPixel == 0 && movingPixels == 1;
  }
}
