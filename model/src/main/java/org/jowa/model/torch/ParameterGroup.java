package org.jowa.model.torch;

/**
 * How the optimizer treats a parameter. The parameters of one group lie side by side in the flat
 * buffers, so that one fused call serves each group.
 *
 * <p>Source: specification section 4, first item.
 */
public enum ParameterGroup {
  /** Weights of linear layers outside the Q head: weight decay. */
  DECAY,
  /** Biases, normalisations and embeddings outside the Q head, and the tokenizer: no decay. */
  NO_DECAY,
  /** Everything in the Q head: weight decay and a learning rate of its own. */
  Q,
  /** The behaviour network: no decay, and a stage and learning rate of its own. */
  BEHAVIOUR,
  /** The target Q head: no gradient, never optimised. */
  TARGET,
  /** What a model keeps of its data rather than learns: no gradient, never optimised. */
  CONSTANT;

  /** Whether parameters of this group get gradients. */
  public boolean isTrainable() {
    return this != TARGET && this != CONSTANT;
  }
}
