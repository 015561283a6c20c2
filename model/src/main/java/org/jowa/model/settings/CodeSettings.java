package org.jowa.model.settings;

/**
 * How codes find their places.
 *
 * @param update what moves a code
 * @param decay of the running means that codes and their use are followed with, a step
 * @param start where codes are before the first step
 * @param revival a code that is chosen less often than this share of the mean is put onto a latent
 *     of the batch; 0 for never
 */
@Section("tokenizer")
public record CodeSettings(
    @Setting(
            value = "what moves a code: gradient, or ema: the mean of the latents that choose it",
            key = "code-update",
            before = "gradient")
        Update update,
    @Setting(
            value = "of the running means that ema and revival follow codes with",
            key = "code-decay",
            range = "(0, 1)",
            before = "0.99")
        double decay,
    @Setting(
            value = "random, or data: clusters of the first batches' latents",
            key = "code-start",
            before = "random")
        Start start,
    @Setting(
            value = "codes chosen less than this share of the mean go to a latent; 0 = never",
            key = "code-revival",
            range = "[0, 1)",
            before = "0")
        double revival) {
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

  /** Whether steps have to know which latents chose a code. */
  public boolean followsLatents() {
    return update == Update.EMA || revival > 0;
  }
}
