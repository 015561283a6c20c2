package org.jowa.jobs.evaluate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.jowa.env.game.Games;
import org.jowa.model.torch.FunctionalRandom;

/**
 * Episodes of one game that are played together, side by side in rows. Which episodes form a group,
 * and in which rows they stand, depends on their numbers alone, and every group has the same number
 * of rows, so a score is the same however groups are spread over tasks and machines.
 *
 * @param game canonical name
 * @param first number of the first episode
 * @param episodes at most {@link #WIDTH}; rows beyond them idle
 * @param random whether a uniformly random player plays, for comparison
 */
record EpisodeGroup(String game, int first, int episodes, boolean random) implements Serializable {
  /** Rows of every group. */
  static final int WIDTH = 4;

  private static final long EMULATOR = 1;
  private static final long RANDOM_PLAYER = 2;

  /** The groups of all games, the agent's first: they take longest. */
  static List<EpisodeGroup> of(List<String> games, int episodes) {
    List<EpisodeGroup> groups = new ArrayList<>();
    for (boolean random : new boolean[] {false, true}) {
      for (String game : games) {
        for (int first = 0; first < episodes; first += WIDTH) {
          groups.add(new EpisodeGroup(game, first, Math.min(WIDTH, episodes - first), random));
        }
      }
    }
    return groups;
  }

  /** Seed of an episode's emulator, 0 or more: the same for agent and random player. */
  int emulatorSeed(long seed, int row) {
    return (int) (key(seed, row, EMULATOR) >>> 33);
  }

  /** Seed of the random player in an episode. */
  long playerSeed(long seed, int row) {
    return key(seed, row, RANDOM_PLAYER);
  }

  private long key(long seed, int row, long site) {
    return FunctionalRandom.key(seed, Games.byName(game).id(), first + row, site);
  }
}
