package org.jowa.model.plan;

import java.util.List;

/**
 * What a Monte Carlo tree search saw in one environment.
 *
 * @param paths full-set actions of every simulation
 * @param margins by how much, at least, the scores on each path won; infinite where only the rule
 *     for equal scores decided
 * @param children [18] what the root's actions led to
 * @param critic [18] expected Q of every action of the full set at the root
 * @param min smallest mean value that a node ever had
 * @param max largest one
 * @param action to take
 */
public record MctsTree(
    List<int[]> paths,
    double[] margins,
    List<Child> children,
    float[] critic,
    double min,
    double max,
    int action) {
  /**
   * What an action led to; all zero but the prior where no simulation went.
   *
   * @param visits simulations that took it
   * @param mean of their returns behind the step
   * @param prior probability
   * @param reward predicted sign of the step's reward
   */
  public record Child(int visits, double mean, double prior, int reward) {}
}
