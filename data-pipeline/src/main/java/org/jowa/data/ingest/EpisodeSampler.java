package org.jowa.data.ingest;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jowa.data.dataset.Sampling;
import org.jowa.data.replay.ReplayRows;
import org.jowa.data.replay.ReplayScan;

/** The reference's down-sampling rule (spec 5.2). */
final class EpisodeSampler {
  private EpisodeSampler() {}

  /**
   * Draws the runs of each game, in the order of the games.
   *
   * @param runs the runs of each game
   * @return ascending; all of them where a game has no more than are drawn
   */
  static List<List<Integer>> drawRuns(long seed, List<List<Integer>> runs) {
    NumpyRandom random = new NumpyRandom(seed);
    List<List<Integer>> drawn = new ArrayList<>();
    for (List<Integer> ofGame : runs) {
      if (ofGame.size() <= IngestOptions.SAMPLED_RUNS) {
        drawn.add(ofGame);
        continue;
      }
      int[] order = random.permutation(ofGame.size());
      drawn.add(
          IntStream.of(order)
              .limit(IngestOptions.SAMPLED_RUNS)
              .mapToObj(ofGame::get)
              .sorted()
              .toList());
    }
    return drawn;
  }

  /**
   * Draws episodes of a game.
   *
   * @param scans of the game's drawn runs
   * @param seed of this game: the ingest's seed plus the game's index
   * @return how often each episode was drawn, run after run
   */
  static int[] drawEpisodes(
      List<ReplayScan> scans, long stepsPerGame, Sampling sampling, long seed) {
    int episodes = scans.stream().mapToInt(scan -> scan.episodes().size()).sum();
    int[] copies = new int[episodes];
    if (episodes == 0) {
      return copies;
    }
    // The reference divides all rows of the files, tails too.
    long steps =
        scans.stream()
            .mapToLong(scan -> scan.rows() == ReplayRows.REFERENCE ? scan.fileRows() : scan.steps())
            .sum();
    double meanLength = (double) steps / episodes;
    long draws = (long) Math.ceil(stepsPerGame / meanLength);
    NumpyRandom random = new NumpyRandom(seed);
    if (sampling == Sampling.WITHOUT_REPLACEMENT) {
      IntStream.of(random.permutation(episodes))
          .limit(draws)
          .forEach(episode -> copies[episode] = 1);
      return copies;
    }
    for (long draw = 0; draw < draws; draw++) {
      copies[random.below(episodes)]++;
    }
    return copies;
  }
}
