package org.jowa.model.settings;

/** How high Q values of actions that the data doesn't hold are held down (spec section 3.3). */
public enum Penalty {
  /** Not at all. */
  NONE,
  /** Both terms over all sequences. */
  CQL,
  /** The data's term over played sequences only, the other over imagined ones too. */
  COMBO
}
