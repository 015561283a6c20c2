package org.jowa.model.plan;

import java.util.ArrayList;
import java.util.LinkedList;
import java.util.List;

/**
 * What a beam search saw in one environment.
 *
 * @param nodes in the order of creation; the root is the first
 * @param action the first action on the path to the best node of the last depth
 */
public record BeamTree(List<Node> nodes, int action) {
  /**
   * The chosen plan: the imagined states on the path to the best one of the last depth, in their
   * order; none where nothing was looked ahead.
   */
  public List<Node> plan() {
    List<Integer> depths = new ArrayList<>();
    int best = 0;
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      depths.add(node.parent < 0 ? 0 : depths.get(node.parent) + 1);
      int deeper = Integer.compare(depths.get(i), depths.get(best));
      if (deeper > 0 || (deeper == 0 && node.score > nodes.get(best).score)) {
        best = i;
      }
    }
    LinkedList<Node> path = new LinkedList<>();
    for (Node node = nodes.get(best); node.parent >= 0; node = nodes.get(node.parent)) {
      path.addFirst(node);
    }
    return path;
  }

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
