package org.jowa.model.tokenizer;

import org.jowa.env.game.Observation;
import org.jowa.model.settings.TokenizerConfig;

/**
 * Floating-point operations of the convolutions and matrix products of the tokenizer, for one
 * frame. A multiply and an add count as two; norms and activations count as nothing.
 */
public final class TokenizerFlops {
  private static final long FORWARD = 2;
  private static final long FORWARD_AND_BACKWARD = 3 * FORWARD;
  private static final long LARGE = Observation.BYTES;
  private static final long MIDDLE = 42L * 42;
  private static final long SMALL = 12L * 12;
  private static final long GRID = 6L * 6;

  private final TokenizerConfig config;
  private final long conv3x3;

  private TokenizerFlops(TokenizerConfig config) {
    this.config = config;
    this.conv3x3 = 9L * config.channels() * config.channels();
  }

  /** Turning a frame into tokens. */
  public static long encode(TokenizerConfig config) {
    TokenizerFlops flops = new TokenizerFlops(config);
    return FORWARD * (flops.encoder() + flops.codebook());
  }

  /** A training step's forward and backward pass. */
  public static long train(TokenizerConfig config) {
    TokenizerFlops flops = new TokenizerFlops(config);
    return FORWARD_AND_BACKWARD * (flops.encoder() + flops.decoder()) + FORWARD * flops.codebook();
  }

  private long encoder() {
    long channels = config.channels();
    long latent = config.latentChannels();
    long convIn = 9 * channels * LARGE;
    long downsample = 64 * channels * channels * SMALL + conv3x3 * GRID;
    long ends = 9 * channels * latent * GRID + latent * config.embeddingDim() * GRID;
    return convIn
        + 4 * conv3x3 * (LARGE + SMALL + GRID)
        + 2 * (attention(SMALL) + attention(GRID))
        + downsample
        + mid()
        + ends;
  }

  private long decoder() {
    long channels = config.channels();
    long latent = config.latentChannels();
    long ends = latent * config.embeddingDim() * GRID + 9 * latent * channels * GRID;
    long upsample = conv3x3 * (MIDDLE + LARGE);
    return ends + mid() + 6 * conv3x3 * (GRID + MIDDLE + LARGE) + upsample + 9 * channels * LARGE;
  }

  private long mid() {
    return 4 * conv3x3 * GRID + attention(GRID);
  }

  private long attention(long positions) {
    long channels = config.channels();
    return 4 * channels * channels * positions + 2 * positions * positions * channels;
  }

  private long codebook() {
    return GRID * config.codebookSize() * config.embeddingDim();
  }
}
