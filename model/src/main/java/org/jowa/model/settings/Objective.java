package org.jowa.model.settings;

import java.util.Locale;

/** What stage 2 trains, to compare the parts of the loss with each other. */
public enum Objective {
  /** World model and Q-function, the latter with a conservative penalty. */
  CQL,
  /** The Q-function alone: the world losses count nothing. */
  Q_ONLY,
  /**
   * Cloning of what was played (as MTBC): the cross-entropy of the action taken, expected Q values
   * being the logits of all 18; nothing else counts.
   */
  CLONING;

  /** Its name in configurations. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
