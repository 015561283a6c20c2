package org.jowa.data.batch;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jowa.data.dataset.StoredEpisode;

/**
 * The training episodes of each game that are worth imitating: those of the highest returns, which
 * together have a given share of the game's steps (as "10% BC" of the Decision Transformer, arXiv
 * 2106.01345). Returns are sums of the rewards as they stand in the log.
 */
final class Demonstrations {
  /** The least return that is one, by game; of a game without training episodes there is none. */
  private final Map<Integer, Double> leastReturn = new HashMap<>();

  /**
   * @param share of steps, in (0, 1]
   */
  Demonstrations(List<StoredEpisode> episodes, double share) {
    Map<Integer, Long> steps = new HashMap<>();
    for (StoredEpisode episode : episodes) {
      if (!episode.isHeldOut()) {
        steps.merge(episode.game(), steps(episode), Long::sum);
      }
    }
    Map<Integer, Long> taken = new HashMap<>();
    episodes.stream()
        .filter(episode -> !episode.isHeldOut())
        .sorted(Comparator.comparingDouble(StoredEpisode::rewardSum).reversed())
        .forEach(
            episode -> {
              long before = taken.getOrDefault(episode.game(), 0L);
              // The best one always is; equal returns are treated alike.
              if (before < share * steps.getOrDefault(episode.game(), 0L)) {
                leastReturn.put(episode.game(), episode.rewardSum());
              }
              taken.put(episode.game(), before + steps(episode));
            });
  }

  private static long steps(StoredEpisode episode) {
    return (long) episode.length() * episode.copies();
  }

  /** Whether an episode's return is high enough; held-out ones are measured by the same bar. */
  boolean contains(StoredEpisode episode) {
    return episode.rewardSum()
        >= leastReturn.getOrDefault(episode.game(), Double.NEGATIVE_INFINITY);
  }
}
