package org.jowa.model.plan;

import org.jowa.model.settings.WorldConfig;

/**
 * How long a pass of a decoder takes, by its sizes alone, in milliseconds of one machine: only
 * ratios of these are used. Weights and contexts are read from memory once for all tokens that are
 * fed, so a pass of a few tokens takes nearly as long as one of one; from some hundred tokens on
 * arithmetic decides.
 *
 * <p>The rates are of two cores of an Intel Xeon with AVX-512. With them 15 passes of preset 40m,
 * of 1 to 592 tokens and 1 or 8 environments, that took 4.2 to 97.7 ms are told within 27%, but for
 * one (38% too little), and 15 of preset tiny, 0.95 to 10 ms, within 35%.
 */
final class PassCost {
  /** Calls of a layer's operators. */
  private static final double MILLIS_OF_LAYER = 0.25;

  private static final double WEIGHT_BYTES_PER_MILLI = 18e6;
  private static final double CONTEXT_BYTES_PER_MILLI = 8e6;
  private static final double FLOP_PER_MILLI = 2e8;

  /** Of what lies between matrix products, by layer, token and place of its vector. */
  private static final double MILLIS_OF_ACTIVATION = 8e-6;

  /** Weights of a block for each place of the square of its width: 4 of attention, 8 of the MLP. */
  private static final int MATRICES = 12;

  private final WorldConfig config;

  PassCost(WorldConfig config) {
    this.config = config;
  }

  /** Of the observation head without the transformer before it. */
  double ofHead(int tokens) {
    double weights = (double) config.width() * (config.width() + config.codebookSize());
    return weights * Float.BYTES / WEIGHT_BYTES_PER_MILLI + 2 * tokens * weights / FLOP_PER_MILLI;
  }

  /**
   * Of a pass.
   *
   * @param environments whose contexts are read
   * @param context tokens of each
   * @param tokens that are fed, of all rows
   */
  double of(int environments, int context, int tokens) {
    double layers = config.layers();
    double width = config.width();
    double weights = layers * MATRICES * width * width;
    double contextValues = 2 * layers * context * width;
    double flop = 2 * tokens * (weights + contextValues);
    return layers * MILLIS_OF_LAYER
        + weights * Float.BYTES / WEIGHT_BYTES_PER_MILLI
        + environments * contextValues * Float.BYTES / CONTEXT_BYTES_PER_MILLI
        + flop / FLOP_PER_MILLI
        + layers * width * tokens * MILLIS_OF_ACTIVATION;
  }
}
