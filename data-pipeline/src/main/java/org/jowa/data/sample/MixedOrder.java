package org.jowa.data.sample;

import java.util.Arrays;
import java.util.List;
import org.jowa.error.UsageException;

/**
 * The order of a training run's segments when games have configured shares ({@link GameMix}). Lanes
 * take turns as in {@link SampleOrder}: sample {@code k} comes from lane {@code k mod L}, place
 * {@code p = k div L}. A lane's places go in cycles of {@value #CYCLE}; each cycle holds every game
 * as often as its quota says, in a keyed random order of its own. The {@code j}-th time that a lane
 * serves a game it serves the game's segment {@code perm(seed, lane, game, j div n)[j mod n]} of
 * the {@code n} that the lane has: each game of a lane goes through its own epochs, every segment
 * once in each.
 *
 * <p>Which segment a sample is follows from seed and {@code k} alone, in constant time: the order
 * keeps the current cycle of each lane only to be faster. For one thread.
 */
public final class MixedOrder {
  /** Places of a lane in which each game comes exactly as often as its quota says. */
  static final int CYCLE = 8192;

  private static final long CYCLE_SITE = 3;
  private static final long GAME_SITE = 4;

  private final long seed;
  private final int[][] segments;
  private final int[][] quotas;
  private final Cycle[] cycles;

  private MixedOrder(long seed, int[][] segments, int[][] quotas) {
    this.seed = seed;
    this.segments = segments;
    this.quotas = quotas;
    this.cycles = new Cycle[segments.length];
  }

  /**
   * @param segments of each lane and game, {@code [L][games]}
   * @param games of the data set, in its order
   * @throws UsageException when there is no lane, or the lanes can't give the mix
   */
  public static MixedOrder of(long seed, int[][] segments, List<String> games, GameMix mix) {
    Lanes.requireFilled(
        Arrays.stream(segments).mapToInt(lane -> Arrays.stream(lane).sum()).toArray(), "segments");
    long[] totals = new long[games.size()];
    for (int[] lane : segments) {
      for (int g = 0; g < lane.length; g++) {
        totals[g] += lane[g];
      }
    }
    int[][] quotas = LaneQuotas.of(segments, mix.shares(games, totals), games, CYCLE);
    return new MixedOrder(seed, segments, quotas);
  }

  /** Number of lanes, {@code L}. */
  public int lanes() {
    return segments.length;
  }

  /** The lane of sample {@code k}. */
  public int lane(long k) {
    return (int) (k % segments.length);
  }

  /** The game of sample {@code k}, as an index into the data set's games. */
  public int game(long k) {
    return cycle(k).games[slot(k)];
  }

  /** The segment of sample {@code k}, among its lane's segments of its game. */
  public long segment(long k) {
    int lane = lane(k);
    int game = game(k);
    long turn = turn(k, lane, game);
    long size = segments[lane][game];
    return Permutation.apply(epochKey(lane, game, turn / size), size, turn % size);
  }

  /** How many of every {@value #CYCLE} samples of a lane come from each game. */
  public int[] quotas(int lane) {
    return quotas[lane].clone();
  }

  /**
   * @throws UsageException when the world size doesn't divide the lanes and the global batch
   */
  public void requireWorldSize(int worldSize, int globalBatch) {
    Lanes.requireWorldSize(lanes(), worldSize, globalBatch);
  }

  /** How often the lane served the game before sample {@code k}. */
  private long turn(long k, int lane, int game) {
    Cycle cycle = cycle(k);
    return cycle.number * quotas[lane][game] + cycle.turns[slot(k)];
  }

  private int slot(long k) {
    return (int) (k / segments.length % CYCLE);
  }

  private Cycle cycle(long k) {
    int lane = lane(k);
    long number = k / segments.length / CYCLE;
    if (cycles[lane] == null) {
      cycles[lane] = new Cycle(segments[lane].length);
    }
    if (cycles[lane].number != number) {
      cycles[lane].fill(
          KeyedHash.derive(KeyedHash.derive(KeyedHash.derive(seed, lane), number), CYCLE_SITE),
          quotas[lane]);
      cycles[lane].number = number;
    }
    return cycles[lane];
  }

  private long epochKey(int lane, int game, long epoch) {
    long site = KeyedHash.derive(KeyedHash.derive(KeyedHash.derive(seed, lane), GAME_SITE), game);
    return KeyedHash.derive(site, epoch);
  }

  /** The games of a lane's places in one cycle. */
  private static final class Cycle {
    final byte[] games = new byte[CYCLE];

    /** How often the place's game came before in this cycle. */
    final short[] turns = new short[CYCLE];

    private final short[] seen;
    private long number = -1;

    Cycle(int gameCount) {
      seen = new short[gameCount];
    }

    void fill(long key, int[] quotas) {
      int slot = 0;
      for (int g = 0; g < quotas.length; g++) {
        Arrays.fill(games, slot, slot + quotas[g], (byte) g);
        slot += quotas[g];
      }
      for (int i = CYCLE - 1; i > 0; i--) {
        int j = (int) KeyedHash.bounded(KeyedHash.derive(key, i), i + 1L);
        byte game = games[i];
        games[i] = games[j];
        games[j] = game;
      }
      Arrays.fill(seen, (short) 0);
      for (int i = 0; i < CYCLE; i++) {
        turns[i] = seen[games[i]]++;
      }
    }
  }
}
