package org.jowa.model.settings;

import org.jowa.error.UsageException;

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
public record TokenizerObjective(
    double l1, double l2, double worstPixel, double movingPixels, double commitment) {
  /** The paper's. */
  public static final TokenizerObjective STANDARD = new TokenizerObjective(1, 0, 0, 1, 1);

  /** Checks the ranges. */
  public TokenizerObjective {
    if (l1 + l2 + worstPixel <= 0) {
      throw new UsageException(
          "tokenizer.loss.l1, l2 and worst-pixel are all 0: set one of them above it");
    }
  }

  /** Whether reconstruction is the plain mean absolute difference. */
  public boolean isPlain() {
    return l1 == 1 && l2 == 0 && worstPixel == 0 && movingPixels == 1;
  }
}
