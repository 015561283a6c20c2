package org.jowa.model.plan;

import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;

/**
 * How long a pass of a decoder takes, by its sizes alone, in milliseconds of one machine: only
 * ratios of these are used. Weights and contexts are read from memory once for all tokens that are
 * fed, so a pass of a few tokens takes nearly as long as one of one; from some hundred tokens on
 * arithmetic decides.
 *
 * <p>The rates of a CPU are fitted to two cores of an AMD EPYC with AVX-512. With them 14 passes of
 * preset 40m, of 1 to 1184 tokens and 1 or 8 environments, that took 2.3 to 104 ms are told within
 * 18%, and 14 of preset tiny, 0.27 to 13.4 ms, within 28%. Those of a GPU weren't measured: half of
 * what an NVIDIA H100's data sheet promises (67 TFLOP/s in fp32, 3.35 TB/s), and 15 operators a
 * layer at 5 microseconds each.
 */
final class PassCost {
  /**
   * What a device does in a millisecond, and how long the rest takes there.
   *
   * @param millisOfLayer calls of a layer's operators
   * @param millisOfActivation of what lies between matrix products, by layer, token and place of
   *     its vector
   */
  private record Rates(
      double millisOfLayer,
      double weightBytes,
      double contextBytes,
      double flop,
      double millisOfActivation) {}

  private static final Rates CPU = new Rates(0.053, 27e6, 31e6, 6.6e8, 2.05e-5);
  private static final Rates GPU = new Rates(0.075, 1.7e9, 1.7e9, 3.3e10, 4e-8);

  /** Weights of a block for each place of the square of its width: 4 of attention, 8 of the MLP. */
  private static final int MATRICES = 12;

  private final WorldConfig config;
  private final Rates rates;

  /**
   * @param device that passes run on
   */
  PassCost(WorldConfig config, Device device) {
    this.config = config;
    rates = device.isCpu() ? CPU : GPU;
  }

  /** Of the observation head without the transformer before it. */
  double ofHead(int tokens) {
    double weights = (double) config.width() * (config.width() + config.codebookSize());
    return weights * Float.BYTES / rates.weightBytes + 2 * tokens * weights / rates.flop;
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
    return layers * rates.millisOfLayer
        + weights * Float.BYTES / rates.weightBytes
        + environments * contextValues * Float.BYTES / rates.contextBytes
        + flop / rates.flop
        + layers * width * tokens * rates.millisOfActivation;
  }
}
