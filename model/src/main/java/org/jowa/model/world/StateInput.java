package org.jowa.model.world;

/** What the Q and policy heads read of a frame. */
public enum StateInput {
  /** Its last token, which has seen the others by attention: the paper's way. */
  TOKEN,
  /**
   * All its tokens side by side, as a convolutional network's last layer reads a whole map: where
   * something stands is told by which input it is in, and needn't first be learned by attention.
   */
  FRAME;

  /** Tokens of a frame that are read, the last ones. */
  public int tokens() {
    return this == FRAME ? WorldConfig.FRAME_TOKENS : 1;
  }
}
