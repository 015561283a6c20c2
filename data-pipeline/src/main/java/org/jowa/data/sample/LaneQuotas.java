package org.jowa.data.sample;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jowa.error.UsageException;

/**
 * How many of every {@code cycle} samples of a lane come from each game, so that all lanes together
 * have the asked shares. Lanes differ in what they hold; a lane takes more of a game that it has
 * much of, so that a game's lanes go through their epochs at about the same pace.
 */
final class LaneQuotas {
  private static final int ROUNDS = 1000;
  private static final double CLOSE_ENOUGH = 1e-9;

  /** A share is missed by more than this part of it only if no spread over the lanes reaches it. */
  private static final double LARGEST_ERROR = 0.01;

  private LaneQuotas() {}

  /**
   * @param segments of each lane and game
   * @param shares of each game, summing to 1
   * @return for each lane and game; each lane's sum to {@code cycle}
   * @throws UsageException when the lanes that hold a game can't make up its share
   */
  static int[][] of(int[][] segments, double[] shares, List<String> games, int cycle) {
    int lanes = segments.length;
    for (int g = 0; g < shares.length; g++) {
      int game = g;
      long holding = Arrays.stream(segments).filter(lane -> lane[game] > 0).count();
      if (shares[g] > (double) holding / lanes + CLOSE_ENOUGH) {
        throw new UsageException(
            String.format(
                Locale.ROOT,
                "%s lies in %d of %d lanes, so that its share of the mix can't be above %.3f, asked are"
                    + " %.3f: ingest with fewer lanes, or ask for less of it.",
                games.get(g),
                holding,
                lanes,
                (double) holding / lanes,
                shares[g]));
      }
    }
    double[][] rates = rates(segments, shares, games);
    int[][] quotas = new int[lanes][];
    for (int lane = 0; lane < lanes; lane++) {
      quotas[lane] = apportion(rates[lane], cycle);
    }
    return quotas;
  }

  /** Iterative proportional fitting: rows sum to 1, columns to the share of all lanes. */
  private static double[][] rates(int[][] segments, double[] shares, List<String> games) {
    int lanes = segments.length;
    double[][] rates = new double[lanes][shares.length];
    for (int lane = 0; lane < lanes; lane++) {
      for (int g = 0; g < shares.length; g++) {
        rates[lane][g] = shares[g] > 0 ? segments[lane][g] : 0;
      }
    }
    double worst = Double.MAX_VALUE;
    int worstGame = 0;
    for (int round = 0; round < ROUNDS && worst > CLOSE_ENOUGH; round++) {
      worst = 0;
      for (int g = 0; g < shares.length; g++) {
        double sum = 0;
        for (double[] lane : rates) {
          sum += lane[g];
        }
        double factor = sum > 0 ? shares[g] * lanes / sum : 0;
        double error = round > 0 && sum > 0 ? Math.abs(factor - 1) : 0;
        if (error > worst) {
          worst = error;
          worstGame = g;
        }
        for (double[] lane : rates) {
          lane[g] *= factor;
        }
      }
      worst = round == 0 ? Double.MAX_VALUE : worst;
      for (int lane = 0; lane < lanes; lane++) {
        double sum = Arrays.stream(rates[lane]).sum();
        if (!(sum > 0)) {
          throw new UsageException(
              String.format(
                  Locale.ROOT,
                  "Lane %d of %d holds no game of the mix: ingest with fewer lanes.",
                  lane,
                  lanes));
        }
        for (int g = 0; g < shares.length; g++) {
          rates[lane][g] /= sum;
        }
      }
    }
    if (worst > LARGEST_ERROR) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "The lanes don't hold the games so that the asked mix can be drawn: %s would miss its share"
                  + " of %.3f by %.1f%%. Ingest with fewer lanes.",
              games.get(worstGame),
              shares[worstGame],
              100 * worst));
    }
    return rates;
  }

  /** Whole numbers that sum to {@code cycle}, at least 1 for a game with a rate. */
  private static int[] apportion(double[] rates, int cycle) {
    int[] quotas = new int[rates.length];
    int left = cycle;
    for (int g = 0; g < rates.length; g++) {
      quotas[g] = rates[g] > 0 ? Math.max(1, (int) (rates[g] * cycle)) : 0;
      left -= quotas[g];
    }
    // Largest remainder first; the few that a forced 1 took too much come off the largest quota.
    int[] byRemainder =
        IntStream.range(0, rates.length)
            .boxed()
            .filter(g -> rates[g] > 0)
            .sorted(
                Comparator.<Integer>comparingDouble(g -> quotas[g] - rates[g] * cycle)
                    .thenComparing(g -> g))
            .mapToInt(g -> g)
            .toArray();
    for (int i = 0; left > 0; i = (i + 1) % byRemainder.length) {
      quotas[byRemainder[i]]++;
      left--;
    }
    while (left < 0) {
      int largest = 0;
      for (int g = 1; g < quotas.length; g++) {
        largest = quotas[g] > quotas[largest] ? g : largest;
      }
      quotas[largest]--;
      left++;
    }
    return quotas;
  }
}
