package org.jowa.model.plan;

/**
 * Chooses an action for every environment of a group from what it has seen. A planner belongs to
 * one game and one thread; it keeps no state between calls, so equal contexts get equal plans.
 */
public interface Planner {
  /**
   * Plans for several environments at once.
   *
   * @param contexts [environments][37 n - 1] tokens of the newest n blocks, the last one without
   *     its action; all of the same length, n at most {@link #contextBlocks()}
   * @return [environments] full-set actions, each valid in the game
   */
  int[] plan(int[][] contexts);

  /**
   * The same for planners that draw an action.
   *
   * @param keys [environments] of each one's draw at this step
   */
  default int[] plan(int[][] contexts, long[] keys) {
    return plan(contexts);
  }

  /** What imagining has cost so far; nothing where nothing is imagined. */
  default Imagination.Cost cost() {
    return Imagination.Cost.NONE;
  }

  /** Blocks that a plan can use: the model's, less those it imagines. */
  int contextBlocks();
}
