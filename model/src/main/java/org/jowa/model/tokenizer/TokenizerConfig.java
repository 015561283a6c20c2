package org.jowa.model.tokenizer;

import org.jowa.error.UsageException;

/**
 * Sizes of a tokenizer.
 *
 * @param channels of every encoder and decoder stage, even (the norms have 2 groups)
 * @param latentChannels channels after the encoder's last convolution
 * @param embeddingDim width of a code vector
 * @param codebookSize number of codes, at most 65,536 (tokens are stored as uint16)
 */
public record TokenizerConfig(
    int channels, int latentChannels, int embeddingDim, int codebookSize) {
  /** Height and width of a frame. */
  public static final int FRAME_SIZE = 84;

  /** Height and width of the grid of tokens. */
  public static final int GRID_SIZE = 6;

  /** Tokens of one frame. */
  public static final int TOKENS_PER_FRAME = GRID_SIZE * GRID_SIZE;

  public TokenizerConfig {
    require(channels >= 2 && channels % 2 == 0, "channels", channels, "a positive even number");
    require(latentChannels >= 1, "latent-channels", latentChannels, "a positive number");
    require(embeddingDim >= 1, "embedding-dim", embeddingDim, "a positive number");
    require(
        codebookSize >= 2 && codebookSize <= 65_536, "codebook-size", codebookSize, "2 to 65536");
  }

  private static void require(boolean valid, String key, int value, String wanted) {
    if (!valid) {
      throw new UsageException("tokenizer." + key + " is " + value + ": set it to " + wanted);
    }
  }
}
