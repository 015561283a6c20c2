package org.jowa.jobs.report;

import java.util.List;

/**
 * What a report tells about the data that a run was trained on.
 *
 * @param hash of the data set's manifest
 * @param heldOutEpisodes how many episodes were never trained on
 * @param lanes number of lanes
 */
public record DatasetFacts(String hash, int heldOutEpisodes, int lanes, List<GameFacts> games) {

  public DatasetFacts {
    games = List.copyOf(games);
  }

  /**
   * One game's data.
   *
   * @param steps agent steps
   * @param source where the play came from, in words
   * @param rawReturns the players' unclipped returns; null if the logs did not carry them, because
   *     sums of clipped rewards must not stand beside raw scores
   */
  public record GameFacts(
      String game, long steps, int episodes, String source, RawReturns rawReturns) {}

  /**
   * Returns of whole episodes.
   *
   * @param episodes how many episodes they are known for
   */
  public record RawReturns(int episodes, double mean, double min, double max) {}

  long steps() {
    return games.stream().mapToLong(GameFacts::steps).sum();
  }

  int episodes() {
    return games.stream().mapToInt(GameFacts::episodes).sum();
  }
}
