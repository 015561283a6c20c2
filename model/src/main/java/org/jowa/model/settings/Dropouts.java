package org.jowa.model.settings;

import org.jowa.error.UsageException;

/**
 * Dropout probabilities, each in [0, 1).
 *
 * @param embedding on the input vectors
 * @param attention on the attention weights
 * @param residual on what a block's attention and MLP add to the residual stream
 * @param qHead after the first layer of every Q network
 */
public record Dropouts(double embedding, double attention, double residual, double qHead) {
  /** No dropout anywhere. */
  public static final Dropouts NONE = new Dropouts(0, 0, 0, 0);

  /** The reference's values for every model size (spec section 2.2). */
  public static final Dropouts REFERENCE = new Dropouts(0.1, 0.1, 0.1, 0.01);

  /** Checks that every probability lies in [0, 1). */
  public Dropouts {
    check("embedding", embedding);
    check("attention", attention);
    check("residual", residual);
    check("q-head", qHead);
  }

  private static void check(String name, double probability) {
    if (!(probability >= 0 && probability < 1)) {
      throw new UsageException(
          "world.dropout."
              + name
              + " is "
              + probability
              + ": a dropout probability is at least 0 and below 1");
    }
  }
}
