package org.jowa.data.sample;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jowa.env.game.Games;
import org.jowa.error.UsageException;

/**
 * Which share of a training batch each game has.
 *
 * <p>Without weights a game's share is in proportion to {@code segments^(1/temperature)}: 1 is the
 * natural mix, where a game's share is that of its segments; the higher the temperature, the nearer
 * to equal shares. Weights are shares: {@code Pong:0.9,*:0.1} makes nine of ten samples Pong and
 * gives the last one to all other games together, among which the temperature decides. Games that
 * are neither named nor meant by {@code *} are left out. Weights need not sum to 1.
 *
 * @param weights by the game's name, {@value #OTHERS} for all others; empty for none
 * @param temperature above 0
 */
public record GameMix(Map<String, Double> weights, double temperature) {
  /** Stands for all games that aren't named. */
  public static final String OTHERS = "*";

  /** Every segment of the data set equally often. */
  public static final GameMix NATURAL = new GameMix(Map.of(), 1);

  private static final String GRAMMAR = "'natural' or weights as in Pong:0.9,*:0.1";

  /**
   * @throws UsageException when a number is out of range or a game unknown
   */
  public GameMix {
    Map<String, Double> checked = new LinkedHashMap<>();
    weights.forEach(
        (name, weight) -> {
          String game = name.equals(OTHERS) ? OTHERS : Games.byName(name).name();
          if (!(weight >= 0 && weight <= 1e9) || checked.put(game, weight) != null) {
            throw new UsageException(
                "The mix of games has %s with weight %s: it takes each game once, with a weight of at least 0."
                    .formatted(game, weight));
          }
        });
    if (!checked.isEmpty() && checked.values().stream().allMatch(weight -> weight == 0)) {
      throw new UsageException("The mix of games has no weight above 0.");
    }
    if (!(temperature > 0 && temperature <= 1e9)) {
      throw new UsageException(
          "The temperature of the mix of games is " + temperature + ": it has to be above 0.");
    }
    weights = java.util.Collections.unmodifiableMap(checked);
  }

  /**
   * @param text {@code natural}, or {@code GAME:WEIGHT} pairs between commas
   * @throws UsageException when it is neither
   */
  public static GameMix parse(String text, double temperature) {
    Map<String, Double> weights = new LinkedHashMap<>();
    if (!text.strip().equals("natural")) {
      for (String pair : text.split(",", -1)) {
        int colon = pair.indexOf(':');
        try {
          String game = pair.substring(0, Math.max(0, colon)).strip();
          if (weights.put(game, Double.valueOf(pair.substring(colon + 1).strip())) != null) {
            throw new UsageException("The mix of games '" + text + "' has " + game + " twice.");
          }
        } catch (NumberFormatException e) {
          throw new UsageException(
              "The mix of games is '%s', '%s' in it isn't a game and a weight: write %s."
                  .formatted(text, pair, GRAMMAR));
        }
      }
    }
    return new GameMix(weights, temperature);
  }

  /** Whether all segments are equally likely, so that no game has to be told from another. */
  public boolean isNatural() {
    return weights.isEmpty() && temperature == 1;
  }

  /** Whether a game has a share at all, if the data set has segments of it. */
  public boolean includes(String game) {
    return weights.isEmpty() || weights.getOrDefault(game, weights.getOrDefault(OTHERS, 0.0)) > 0;
  }

  /**
   * The games' shares, which sum to 1.
   *
   * @param games of the data set
   * @param segments training segments of each game
   * @throws UsageException when a named game isn't in the data set, or no game is left
   */
  public double[] shares(List<String> games, long[] segments) {
    for (String name : weights.keySet()) {
      if (!name.equals(OTHERS) && !games.contains(name)) {
        throw new UsageException(
            "The mix of games names %s, the data set has %s."
                .formatted(name, String.join(", ", games)));
      }
    }
    double[] shares = new double[games.size()];
    double others = 0;
    for (int g = 0; g < shares.length; g++) {
      // Equal on every machine, as the order that follows from it has to be.
      shares[g] = segments[g] == 0 ? 0 : StrictMath.pow(segments[g], 1 / temperature);
      others += weights.containsKey(games.get(g)) ? 0 : shares[g];
    }
    if (!weights.isEmpty()) {
      double weightOfOthers = weights.getOrDefault(OTHERS, 0.0);
      for (int g = 0; g < shares.length; g++) {
        Double weight = weights.get(games.get(g));
        if (weight != null) {
          shares[g] = segments[g] == 0 ? 0 : weight;
        } else {
          shares[g] = others == 0 ? 0 : weightOfOthers * shares[g] / others;
        }
      }
    }
    double sum = 0;
    for (double share : shares) {
      sum += share;
    }
    if (!(sum > 0)) {
      throw new UsageException(
          "The mix of games %s leaves no segment of the data set, which has %s."
              .formatted(this, String.join(", ", games)));
    }
    for (int g = 0; g < shares.length; g++) {
      shares[g] /= sum;
    }
    return shares;
  }

  /** As {@link #parse} reads it, with the temperature. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    weights.forEach(
        (game, weight) ->
            text.append(text.isEmpty() ? "" : ",").append(game).append(':').append(weight));
    return "%s, temperature %s".formatted(text.isEmpty() ? "natural" : text, temperature);
  }
}
