package org.jowa.model.plan;

import java.util.List;

/**
 * What a beam search saw in one environment.
 *
 * @param nodes in the order of creation; the root is the first
 * @param action the first action on the path to the best node of the last depth
 */
public record BeamTree(List<Node> nodes, int action) {
  /**
   * A state, real (the root) or imagined.
   *
   * @param parent index of the parent, -1 for the root
   * @param action full-set action that led here, -1 for the root
   * @param reward predicted sign of the step's reward
   * @param value largest expected Q of a valid action
   * @param score discounted rewards on the path plus the discounted value
   * @param tokens [36] of the frame
   * @param critic [18] expected Q of every action of the full set
   */
  public record Node(
      int parent,
      int action,
      int reward,
      double value,
      double score,
      int[] tokens,
      float[] critic) {}
}
