package org.jowa.model.settings;

import org.jowa.error.UsageException;

/**
 * How codes find their places.
 *
 * @param update what moves a code
 * @param decay of the running means that codes and their use are followed with, a step
 * @param start where codes are before the first step
 * @param revival a code that is chosen less often than this share of the mean is put onto a latent
 *     of the batch; 0 for never
 */
public record CodeSettings(Update update, double decay, Start start, double revival) {
  /** What moves a code. */
  public enum Update {
    /** The optimizer, by the gradient of its distance to the latents that chose it. */
    GRADIENT,
    /**
     * It is the running mean of the latents that choose it.
     *
     * <p>Source: van den Oord et al., arXiv 1711.00937, appendix A.1.
     */
    EMA
  }

  /** Where codes begin. */
  public enum Start {
    /** At random places that are a function of the seed. */
    RANDOM,
    /** At the means of clusters (k-means) of the first batches' latents. */
    DATA
  }

  /** The paper's. */
  public static final CodeSettings STANDARD =
      new CodeSettings(Update.GRADIENT, 0.99, Start.RANDOM, 0);

  /** Checks the ranges. */
  public CodeSettings {
    if (!(decay > 0 && decay < 1)) {
      throw new UsageException(
          "tokenizer.code-decay is %s: set it above 0 and below 1".formatted(decay));
    }
    if (!(revival >= 0 && revival < 1)) {
      throw new UsageException(
          "tokenizer.code-revival is %s: set it to 0, or below 1".formatted(revival));
    }
  }

  /** Whether steps have to know which latents chose a code. */
  public boolean followsLatents() {
    return update == Update.EMA || revival > 0;
  }
}
