package org.jowa.model.plan;

import static java.util.Objects.requireNonNull;

import org.jowa.model.settings.WorldConfig;
import org.jspecify.annotations.Nullable;

/** A state in a search tree, with the statistics of the simulations that went through it. */
final class SearchNode {
  private final @Nullable SearchNode[] children = new SearchNode[WorldConfig.ACTIONS];

  /** The node before, null at the root. */
  final @Nullable SearchNode parent;

  /** Full-set action that leads here, -1 at the root. */
  final int action;

  /** Steps from the root. */
  final int depth;

  /** Where the cache of nodes keeps what this node's step imagined, -1 where nothing is kept. */
  int slot = -1;

  private @Nullable Outcome outcome;

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
   * @param costs [18] of the actions, for being rare
   */
  record Outcome(
      int reward, double value, boolean ended, int[] tokens, double[] priors, float[] costs) {}

  SearchNode(@Nullable SearchNode parent, int action) {
    this.parent = parent;
    this.action = action;
    this.depth = parent == null ? 0 : parent.depth + 1;
  }

  /** The node before, of any but the root. */
  SearchNode before() {
    return requireNonNull(parent);
  }

  /** Reward of the step that led here, less what its action cost; 0 of the root. */
  double gain() {
    double cost = parent == null ? 0 : parent.outcome().costs()[action];
    return outcome().reward() - cost;
  }

  boolean isImagined() {
    return outcome != null;
  }

  /** What the model says of this state, which was imagined. */
  Outcome outcome() {
    return requireNonNull(outcome);
  }

  void imagined(@Nullable Outcome known) {
    outcome = known;
  }

  /** The state that an action leads to, made when it is asked for first. */
  SearchNode child(int action) {
    SearchNode child = children[action];
    if (child == null) {
      child = new SearchNode(this, action);
      children[action] = child;
    }
    return child;
  }

  /** The state that an action leads to, null if no simulation has gone there. */
  @Nullable SearchNode visited(int action) {
    SearchNode child = children[action];
    return child == null || child.visits == 0 ? null : child;
  }

  /** A child that a simulation has gone to or is going to, else null. */
  @Nullable SearchNode known(int action) {
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
