package org.jowa.model.settings;

/**
 * Dropout probabilities, each in [0, 1).
 *
 * @param embedding on the input vectors
 * @param attention on the attention weights
 * @param residual on what a block's attention and MLP add to the residual stream
 * @param qHead after the first layer of every Q network
 */
@Section("world.dropout")
public record Dropouts(
    @Setting(value = "on the input of the first block", range = "[0, 1)") double embedding,
    @Setting(value = "on the attention weights", range = "[0, 1)") double attention,
    @Setting(value = "on what attention and MLP add", range = "[0, 1)") double residual,
    @Setting(value = "after the first layer of a Q head; off when playing", range = "[0, 1)")
        double qHead) {
  /** No dropout anywhere. */
  public static final Dropouts NONE = new Dropouts(0, 0, 0, 0);

  /** The reference's values for every model size (spec section 2.2). */
  public static final Dropouts REFERENCE = new Dropouts(0.1, 0.1, 0.1, 0.01);
}
