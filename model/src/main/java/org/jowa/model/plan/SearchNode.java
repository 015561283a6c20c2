package org.jowa.model.plan;

import org.jowa.model.settings.WorldConfig;

/** A state in a search tree, with the statistics of the simulations that went through it. */
final class SearchNode {
  private final SearchNode[] children = new SearchNode[WorldConfig.ACTIONS];

  /** The node before, null at the root. */
  final SearchNode parent;

  /** Full-set action that leads here, -1 at the root. */
  final int action;

  /** Steps from the root. */
  final int depth;

  /** Where the cache of nodes keeps what this node's step imagined, -1 where nothing is kept. */
  int slot = -1;

  /** What the model says of this state; null until it was imagined. */
  Outcome outcome;

  /** Whether it is being imagined. */
  boolean pending;

  int visits;
  double sum;

  /** Simulations that went through here and are not backed up yet. */
  int inFlight;

  /**
   * What the model says of a state.
   *
   * @param reward of the step that led there
   * @param value of the state, 0 behind a respected end
   * @param ended whether nothing follows
   * @param tokens [36] of the frame
   * @param priors [18] of the actions, 0 for those that must not be tried
   */
  record Outcome(int reward, double value, boolean ended, int[] tokens, double[] priors) {}

  SearchNode(SearchNode parent, int action) {
    this.parent = parent;
    this.action = action;
    this.depth = parent == null ? 0 : parent.depth + 1;
  }

  /** The state that an action leads to, made when it is asked for first. */
  SearchNode child(int action) {
    if (children[action] == null) {
      children[action] = new SearchNode(this, action);
    }
    return children[action];
  }

  /** The state that an action leads to, null if no simulation has gone there. */
  SearchNode visited(int action) {
    SearchNode child = children[action];
    return child == null || child.visits == 0 ? null : child;
  }

  /** A child that a simulation has gone to or is going to, else null. */
  SearchNode known(int action) {
    return children[action];
  }

  /**
   * Key of what is drawn for this state.
   *
   * @param root that of the root
   */
  long key(long root) {
    return parent == null ? root : Sampling.child(parent.key(root), action);
  }

  /** Mean of what the simulations returned from here on, without this step's reward. */
  double mean() {
    return visits == 0 ? 0 : sum / visits;
  }
}
