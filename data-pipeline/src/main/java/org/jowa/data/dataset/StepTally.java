package org.jowa.data.dataset;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jowa.env.game.Games;

/** Counts actions and rewards; tallies of shards add up to that of their game. */
public final class StepTally {
  private final long[] actions = new long[Games.FULL_ACTIONS];
  private final Map<Float, Long> rewards = new TreeMap<>();

  public void add(int action, float reward, int copies) {
    actions[action] += copies;
    rewards.merge(reward == 0 ? 0f : reward, (long) copies, Long::sum);
  }

  public void add(StepCounts counts) {
    for (int a = 0; a < Games.FULL_ACTIONS; a++) {
      actions[a] += counts.actions().get(a);
    }
    for (Play.RewardCount count : counts.rewards()) {
      rewards.merge(count.reward(), count.steps(), Long::sum);
    }
  }

  public StepCounts counts() {
    return new StepCounts(
        Arrays.stream(actions).boxed().toList(),
        rewards.entrySet().stream()
            .map(entry -> new Play.RewardCount(entry.getKey(), entry.getValue()))
            .toList());
  }

  /** With what the table says of a game's episodes, of which there is at least one. */
  public Play play(List<StoredEpisode> episodes) {
    StepCounts counts = counts();
    return new Play(
        counts.actions(),
        counts.rewards(),
        Play.Spread.of(episodes.stream().mapToDouble(StoredEpisode::rewardSum).toArray()),
        Play.Spread.of(episodes.stream().mapToDouble(StoredEpisode::length).toArray()));
  }
}
