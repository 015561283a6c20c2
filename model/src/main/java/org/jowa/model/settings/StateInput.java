package org.jowa.model.settings;

/** What the Q heads read of a frame. */
public enum StateInput {
  /** Its last token, which has seen the others by attention: the paper's way. */
  TOKEN,
  /**
   * All its tokens: what the same small network makes of each is added up, so a thing is known
   * wherever it stands, and needn't first be brought to the last token by attention.
   */
  FRAME;

  /** Tokens of a frame that are read, the last ones. */
  public int tokens() {
    return this == FRAME ? WorldConfig.FRAME_TOKENS : 1;
  }
}
