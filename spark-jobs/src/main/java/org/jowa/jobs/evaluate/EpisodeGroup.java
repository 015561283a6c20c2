package org.jowa.jobs.evaluate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jowa.env.game.Games;
import org.jowa.model.torch.FunctionalRandom;

/**
 * Episodes of one game that a task plays, so many at a time side by side in rows; a row whose
 * episode has ended goes on with the next one. Everything about an episode follows from its game
 * and number and the evaluation's settings, so a score is the same however episodes are spread over
 * groups and rows.
 *
 * @param game canonical name
 * @param episodes their numbers, in the order of play
 * @param random whether a uniformly random player plays, for comparison
 */
record EpisodeGroup(String game, List<Integer> episodes, boolean random) implements Serializable {
  /** Rows of every group. */
  static final int WIDTH = 4;

  private static final long EMULATOR = 1;
  private static final long RANDOM_PLAYER = 2;

  EpisodeGroup {
    episodes = List.copyOf(episodes);
  }

  /** One episode of a player. */
  record Episode(String game, int number, boolean random) implements Serializable {
    /** Seed of the episode's emulator, 0 or more: the same for agent and random player. */
    int emulatorSeed(long seed) {
      return (int) (key(seed, EMULATOR) >>> 33);
    }

    /** Seed of the random player in the episode. */
    long playerSeed(long seed) {
      return key(seed, RANDOM_PLAYER);
    }

    private long key(long seed, long site) {
      return FunctionalRandom.key(seed, Games.byName(game).id(), number, site);
    }
  }

  /**
   * Groups of all episodes that are to be played, the agent's first: they take longest.
   *
   * @param episodes of each game and player
   * @param tasks that there shall be of the agent's, if there are episodes enough to fill rows
   */
  static List<EpisodeGroup> of(
      List<String> games, int episodes, Predicate<Episode> toPlay, int tasks) {
    List<EpisodeGroup> groups = new ArrayList<>();
    int groupsPerGame = (tasks + games.size() - 1) / games.size();
    for (boolean random : new boolean[] {false, true}) {
      for (String game : games) {
        List<Integer> numbers =
            IntStream.range(0, episodes)
                .filter(number -> toPlay.test(new Episode(game, number, random)))
                .boxed()
                .toList();
        int full = (numbers.size() + WIDTH - 1) / WIDTH;
        int count = Math.max(1, Math.min(groupsPerGame, full));
        for (int i = 0; i < count && !numbers.isEmpty(); i++) {
          int from = i * numbers.size() / count;
          int to = (i + 1) * numbers.size() / count;
          groups.add(new EpisodeGroup(game, numbers.subList(from, to), random));
        }
      }
    }
    return groups;
  }

  Episode episode(int number) {
    return new Episode(game, number, random);
  }
}
