package org.jowa.model.tokenizer;

import java.util.List;

/**
 * Frames' share of the losses of a whole batch: summing over all ranks and passes gives the means
 * over the batch.
 *
 * <p>Source: specification section 1.6.
 *
 * @param reconstruction mean absolute error in [-1, 1] space
 * @param codebook mean squared distance, which moves the codes
 * @param commitment mean squared distance, which moves the latents
 * @param perceptual mean LPIPS; 0 without it
 */
public record TokenizerLosses(
    double reconstruction, double codebook, double commitment, double perceptual) {
  /** The sum over frames or parts of a batch, term by term. */
  public static TokenizerLosses sum(List<TokenizerLosses> losses) {
    return losses.stream().reduce(new TokenizerLosses(0, 0, 0, 0), TokenizerLosses::plus);
  }

  /** The sum of all terms. */
  public double total() {
    return reconstruction + codebook + commitment + perceptual;
  }

  private TokenizerLosses plus(TokenizerLosses other) {
    return new TokenizerLosses(
        reconstruction + other.reconstruction,
        codebook + other.codebook,
        commitment + other.commitment,
        perceptual + other.perceptual);
  }
}
