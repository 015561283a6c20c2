package org.jowa.model.settings;

import org.jowa.error.UsageException;

/**
 * Sizes of a tokenizer, and how it compares.
 *
 * @param channels of every encoder and decoder stage, even (the norms have 2 groups)
 * @param latentChannels channels after the encoder's last convolution
 * @param embeddingDim width of a code vector
 * @param codebookSize number of codes, at most {@value #MOST_CODES}
 * @param distance what makes a code the nearest
 */
public record TokenizerConfig(
    int channels, int latentChannels, int embeddingDim, int codebookSize, CodeDistance distance) {
  /** Height and width of a frame. */
  public static final int FRAME_SIZE = 84;

  /** Height and width of the grid of tokens. */
  public static final int GRID_SIZE = 6;

  /** Tokens of one frame. */
  public static final int TOKENS_PER_FRAME = GRID_SIZE * GRID_SIZE;

  /** Most codes there can be: tokens are stored as uint16. */
  public static final int MOST_CODES = 65_536;

  public TokenizerConfig {
    require(channels >= 2 && channels % 2 == 0, "channels", channels, "a positive even number");
    require(latentChannels >= 1, "latent-channels", latentChannels, "a positive number");
    require(embeddingDim >= 1, "embedding-dim", embeddingDim, "a positive number");
    require(
        codebookSize >= 2 && codebookSize <= MOST_CODES,
        "codebook-size",
        codebookSize,
        "2 to " + MOST_CODES);
  }

  /** Sizes of a tokenizer whose codes are compared by their Euclidean distance. */
  public TokenizerConfig(int channels, int latentChannels, int embeddingDim, int codebookSize) {
    this(channels, latentChannels, embeddingDim, codebookSize, CodeDistance.EUCLIDEAN);
  }

  private static void require(boolean valid, String key, int value, String wanted) {
    if (!valid) {
      throw new UsageException("tokenizer." + key + " is " + value + ": set it to " + wanted);
    }
  }
}
