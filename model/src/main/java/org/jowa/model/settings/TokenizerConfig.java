package org.jowa.model.settings;

import java.util.Locale;
import org.jowa.env.game.Observation;
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
@Section("tokenizer")
public record TokenizerConfig(
    @Setting(value = "width of every convolution between the ends", range = "[2, 1024]")
        int channels,
    @Setting(value = "channels at the encoder's end", range = "[1, 4096]") int latentChannels,
    @Setting(value = "width of a codebook vector", range = "[1, 4096]") int embeddingDim,
    @Setting(value = "number of tokens", range = "[2, 65_536]") int codebookSize,
    @Setting(
            value = "euclidean, or cosine: latents and codes are of length 1",
            key = "code-distance",
            before = "euclidean")
        CodeDistance distance) {
  /** Height and width of a frame. */
  public static final int FRAME_SIZE = Observation.SIDE;

  /** Height and width of the grid of tokens. */
  public static final int GRID_SIZE = 6;

  /** Tokens of one frame. */
  public static final int TOKENS_PER_FRAME = GRID_SIZE * GRID_SIZE;

  /** Most codes there can be: tokens are stored as uint16. */
  public static final int MOST_CODES = 65_536;

  /** Checks what isn't a range. */
  public TokenizerConfig {
    if (channels % 2 != 0) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "tokenizer.channels must be even (group normalisation has two groups), found tokenizer.channels=%d",
              channels));
    }
  }

  /**
   * These sizes, if they are within their ranges.
   *
   * @param where they come from, for messages
   * @throws UsageException if they aren't
   */
  public TokenizerConfig checked(String where) {
    return Schema.of(TokenizerConfig.class).checked(this, where);
  }

  /** Sizes of a tokenizer whose codes are compared by their Euclidean distance. */
  public TokenizerConfig(int channels, int latentChannels, int embeddingDim, int codebookSize) {
    this(channels, latentChannels, embeddingDim, codebookSize, CodeDistance.EUCLIDEAN);
  }
}
