package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;

/**
 * A batch's share of the losses over all ranks' frames: summing the values of all ranks and
 * micro-batches gives the means over the whole batch.
 *
 * @param total differentiable fp32 scalar, the sum of all terms
 * @param values the terms as numbers
 * @param tokens int64 [n, 36], the codes that were chosen
 */
public record TokenizerLosses(Tensor total, Values values, Tensor tokens) {
  /**
   * The terms of the loss.
   *
   * @param reconstruction mean absolute error in [-1, 1] space
   * @param codebook mean squared distance that moves the codes
   * @param commitment mean squared distance that moves the latents
   * @param perceptual mean LPIPS; 0 without it
   */
  public record Values(
      double reconstruction, double codebook, double commitment, double perceptual) {
    /** Nothing summed yet. */
    public static Values zero() {
      return new Values(0, 0, 0, 0);
    }

    /** The sum of all terms. */
    public double total() {
      return reconstruction + codebook + commitment + perceptual;
    }

    /** Sums term by term. */
    public Values plus(Values other) {
      return new Values(
          reconstruction + other.reconstruction,
          codebook + other.codebook,
          commitment + other.commitment,
          perceptual + other.perceptual);
    }
  }
}
