package org.jowa.jobs.scores;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The sizes of JOWA that were published, with their mean raw returns: 16 episodes a game, sticky
 * actions off, each game with planner settings of its own that were chosen on these very scores
 * (JOWA's result files; specification, appendix B.2).
 */
public enum PublishedJowa {
  JOWA_40M("JOWA 40M", 19_109_681),
  JOWA_70M("JOWA 70M", 53_349_681),
  JOWA_150M("JOWA 150M", 127_778_185);

  // game | with planning: 40M, 70M, 150M | without: 40M, 70M, 150M
  private static final String TABLE =
      """
      Assault | 1397.9 1594.6 1458.6 | 1578.3 2302.6 2102.2
      Atlantis | 52987.5 1975912.5 2841262.5 | 6400.0 3657006.25 2217150.0
      BeamRider | 965.0 2536.8 2927.0 | 822.0 735.0 864.5
      Berzerk | 455.6 486.9 496.9 | 506.3 610.0 396.9
      Carnival | 5428.8 4378.8 4910.0 | 4960.0 5335.0 5560.0
      Centipede | 4482.8 5873.5 7117.0 | 6852.9 8541.0 8746.0
      ChopperCommand | 3700.0 2306.2 3925.0 | 1575.0 937.5 806.2
      DemonAttack | 3166.2 7399.4 9296.6 | 4396.9 7098.4 7390.0
      NameThisGame | 11364.4 8228.1 9380.0 | 5298.1 6161.3 5691.9
      Phoenix | 4457.5 4456.2 5230.0 | 3337.5 4730.0 4958.8
      Seaquest | 884.4 1425.0 1413.8 | 160.0 180.0 267.5
      SpaceInvaders | 805.6 1063.4 1036.9 | 685.0 513.8 732.2
      StarGunner | 6825.0 29862.5 53237.5 | 4343.8 2975.0 7443.8
      TimePilot | 4262.5 4287.5 3975.0 | 600.0 1025.0 662.5
      Zaxxon | 0.0 0.0 331.2 | 18.8 0.0 12.5
      """;

  private static final Map<String, double[]> WITH = column(1);
  private static final Map<String, double[]> WITHOUT = column(2);

  private final String title;
  private final long parameters;

  PublishedJowa(String title, long parameters) {
    this.title = title;
    this.parameters = parameters;
  }

  /** Its name for people. */
  public String title() {
    return title;
  }

  /** Parameters of the world-action model, the target head among them. */
  public long parameters() {
    return parameters;
  }

  /** Whether there are scores of a game: there are of 15. */
  public static boolean knows(String game) {
    return WITH.containsKey(game);
  }

  /**
   * The mean raw return in a game.
   *
   * @param planning whether it planned or acted greedily
   * @throws IllegalArgumentException if there is none of the game
   */
  public double score(String game, boolean planning) {
    double[] scores = (planning ? WITH : WITHOUT).get(game);
    if (scores == null) {
      throw new IllegalArgumentException("No published score of JOWA in " + game);
    }
    return scores[ordinal()];
  }

  private static Map<String, double[]> column(int column) {
    Function<String, String[]> cells = line -> line.split(" \\| ");
    return TABLE
        .lines()
        .map(cells)
        .collect(
            Collectors.toUnmodifiableMap(
                row -> row[0],
                row ->
                    Arrays.stream(row[column].split(" "))
                        .mapToDouble(Double::parseDouble)
                        .toArray()));
  }
}
