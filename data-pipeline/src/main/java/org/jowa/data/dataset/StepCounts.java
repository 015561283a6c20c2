package org.jowa.data.dataset;

import java.util.List;

/**
 * How often what was done, in some steps; a step counts as often as its episode was drawn.
 *
 * @param actions steps with each action, by its id in the full set of 18
 * @param rewards steps with each reward, in ascending order
 */
public record StepCounts(List<Long> actions, List<Play.RewardCount> rewards) {
  public StepCounts {
    actions = List.copyOf(actions);
    rewards = List.copyOf(rewards);
  }
}
