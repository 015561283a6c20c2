package org.jowa.data.dataset;

/** How episodes are drawn when only some of a game's steps are wanted. */
public enum Sampling {
  /**
   * The reference's: an episode may be drawn several times, and then counts as often (spec 5.2).
   */
  WITH_REPLACEMENT,
  /** As many episodes, each at most once. */
  WITHOUT_REPLACEMENT
}
