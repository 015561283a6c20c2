package org.jowa.data.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MixedOrderTest {
  private static final List<String> GAMES = List.of("Pong", "Breakout", "Assault");

  private record Served(int lane, int game, long segment) {}

  private static Served at(MixedOrder order, long k) {
    return new Served(order.lane(k), order.game(k), order.segment(k));
  }

  private static int[][] lanes(int count, int a, int b, int c) {
    int[][] lanes = new int[count][];
    for (int lane = 0; lane < count; lane++) {
      lanes[lane] = new int[] {a + lane % 3, b + lane % 2, c};
    }
    return lanes;
  }

  @Property(tries = 25)
  void eachSegmentOfAGameComesExactlyOnceInEachEpochOfItsLane(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 300) int pong,
      @ForAll @IntRange(min = 1, max = 40) int breakout,
      @ForAll @DoubleRange(min = 0.05, max = 20) double weight) {
    int[][] segments = lanes(2, pong, breakout, 7);
    MixedOrder order =
        MixedOrder.of(seed, segments, GAMES, new GameMix(Map.of("Pong", weight, "*", 1.0), 2));
    for (int lane = 0; lane < 2; lane++) {
      Map<Integer, List<Served>> byGame = new HashMap<>();
      for (long p = 0; p < 12_000; p++) {
        Served served = at(order, p * 2 + lane);
        byGame.computeIfAbsent(served.game(), g -> new ArrayList<>()).add(served);
      }
      int checked = lane;
      byGame.forEach(
          (game, all) -> {
            int size = segments[checked][game];
            for (int from = 0; from + size <= all.size(); from += size) {
              Set<Long> epoch = new HashSet<>();
              for (Served served : all.subList(from, from + size)) {
                assertThat(served.segment()).isBetween(0L, size - 1L);
                epoch.add(served.segment());
              }
              assertThat(epoch).hasSize(size);
            }
          });
    }
  }

  @Property(tries = 20)
  void theMixIsTheAskedOneWithinSamplingErrorAndExactOverACycle(
      @ForAll long seed,
      @ForAll @DoubleRange(min = 0.1, max = 10) double pong,
      @ForAll @DoubleRange(min = 0.1, max = 10) double breakout) {
    GameMix mix = new GameMix(Map.of("Pong", pong, "Breakout", breakout, "Assault", 1.0), 1);
    MixedOrder order = MixedOrder.of(seed, lanes(4, 500, 100, 300), GAMES, mix);
    double[] shares = {pong, breakout, 1};
    double sum = pong + breakout + 1;
    int n = 4 * MixedOrder.CYCLE;
    int[] counts = new int[3];
    for (int k = 0; k < n; k++) {
      counts[order.game(k)]++;
    }
    int[] early = new int[3];
    for (int k = 0; k < 2_000; k++) {
      early[order.game(k)]++;
    }
    for (int g = 0; g < 3; g++) {
      double share = shares[g] / sum;
      assertThat(counts[g] / (double) n).isCloseTo(share, within(1.0 / MixedOrder.CYCLE + 1e-3));
      double deviation = Math.sqrt(2_000 * share * (1 - share));
      assertThat((double) early[g]).isCloseTo(2_000 * share, within(5 * deviation + 3));
    }
  }

  @Property(tries = 20)
  void anyPlaceIsReachedDirectlyWithTheSameResult(@ForAll long seed) {
    int[][] segments = lanes(4, 50, 20, 9);
    GameMix mix = GameMix.parse("Pong:0.5,*:0.5", 3);
    MixedOrder whole = MixedOrder.of(seed, segments, GAMES, mix);
    // Past the border of a cycle, which is where the order's notes change.
    long from = 4L * MixedOrder.CYCLE - 150;
    List<Served> all = LongStream.range(from, from + 300).mapToObj(k -> at(whole, k)).toList();
    for (int start : new int[] {0, 1, 149, 150, 151, 299}) {
      MixedOrder resumed = MixedOrder.of(seed, segments, GAMES, mix);
      assertThat(LongStream.range(from + start, from + 300).mapToObj(k -> at(resumed, k)).toList())
          .isEqualTo(all.subList(start, 300));
    }
    // Lanes alone, as ranks see them, and a seek back.
    MixedOrder rank = MixedOrder.of(seed, segments, GAMES, mix);
    for (long k = from + 299; k >= from; k -= 4) {
      assertThat(at(rank, k)).isEqualTo(all.get((int) (k - from)));
    }
  }

  @Test
  void cyclesLanesAndSeedsDiffer() {
    MixedOrder order = MixedOrder.of(1, lanes(2, 50, 50, 50), GAMES, GameMix.parse("*:1", 9));
    MixedOrder other = MixedOrder.of(2, lanes(2, 50, 50, 50), GAMES, GameMix.parse("*:1", 9));
    int[] same = new int[3];
    for (int p = 0; p < 3_000; p++) {
      int game = order.game(2L * p);
      same[0] += game == order.game(2L * (p + MixedOrder.CYCLE)) ? 1 : 0;
      same[1] += game == order.game(2L * p + 1) ? 1 : 0;
      same[2] += game == other.game(2L * p) ? 1 : 0;
    }
    // Three games with about equal shares meet by chance in a third of all places.
    assertThat(Arrays.stream(same).boxed()).allMatch(count -> count > 850 && count < 1150);
  }

  @Test
  void lanesThatHoldMoreOfAGameServeMoreOfIt() {
    int[][] segments = {{100, 300, 1}, {300, 100, 1}};
    MixedOrder order = MixedOrder.of(0, segments, GAMES, GameMix.parse("Pong:1,Breakout:1", 1));
    assertThat(order.quotas(0)).containsExactly(2048, 6144, 0);
    assertThat(order.quotas(1)).containsExactly(6144, 2048, 0);
  }

  @Test
  void aRareGameStillComes() {
    MixedOrder order =
        MixedOrder.of(0, lanes(2, 5, 5, 5), GAMES, GameMix.parse("Pong:1e6,Breakout:1", 1));
    assertThat(order.quotas(0)).containsExactly(8191, 1, 0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Pong:1      | Pong lies in 1 of 2 lanes, so that its share of the mix can't be above 0.500",
        "Pong:3,*:1  | Pong lies in 1 of 2 lanes, so that its share of the mix can't be above 0.500, asked are 0.750",
        "Seaquest:1  | names Seaquest, the data set has Pong, Breakout, Assault",
      })
  void whatTheLanesCannotGiveIsRefused(String mix, String message) {
    int[][] segments = {{5, 5, 5}, {0, 5, 5}};
    assertThatThrownBy(() -> MixedOrder.of(0, segments, GAMES, GameMix.parse(mix, 1)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(
            message.equals("Lane 1 of 2 holds no game of the mix")
                ? "Pong lies in 1 of 2 lanes"
                : message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Pong          | 'Pong' in it isn't a game and a weight",
        "Pong:much     | 'Pong:much' in it isn't a game and a weight",
        "Pong:-1       | weight -1.0",
        "Pong:1,Pong:2 | Pong twice",
        "Pogn:1        | Pogn",
        "Pong:0        | no weight above 0",
      })
  void aWrongMixIsNamed(String mix, String message) {
    assertThatThrownBy(() -> GameMix.parse(mix, 1))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(message);
  }

  @Test
  void temperatureMovesSharesFromNaturalToEqual() {
    long[] segments = {900, 100};
    List<String> games = GAMES.subList(0, 2);
    assertThat(new GameMix(Map.of(), 1).shares(games, segments)).containsExactly(0.9, 0.1);
    assertThat(new GameMix(Map.of(), 2).shares(games, segments)).containsExactly(0.75, 0.25);
    assertThat(new GameMix(Map.of(), 1e9).shares(games, segments))
        .satisfies(s -> assertThat(s[0]).isCloseTo(0.5, within(1e-8)));
    assertThat(GameMix.parse("Pong:0.9,*:0.1", 1).shares(GAMES, new long[] {1, 30, 10}))
        .satisfies(
            s ->
                assertThat(Arrays.stream(s).map(v -> Math.round(v * 1000)).toArray())
                    .containsExactly(900, 75, 25));
    assertThat(GameMix.parse("natural", 1).isNatural()).isTrue();
    assertThat(GameMix.parse("natural", 2).isNatural()).isFalse();
  }
}
