package org.jowa.data.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;

class SampleOrderTest {
  private record Sample(int lane, long segment) {}

  private static Sample at(SampleOrder order, long k) {
    return new Sample(order.lane(k), order.segment(k));
  }

  @Provide
  Arbitrary<int[]> laneSizes() {
    return Arbitraries.of(1, 2, 4, 8)
        .flatMap(lanes -> Arbitraries.integers().between(1, 90).array(int[].class).ofSize(lanes));
  }

  @Property(tries = 100)
  void eachSegmentComesExactlyOnceInEachEpochOfALane(
      @ForAll long seed, @ForAll("laneSizes") int[] sizes) {
    SampleOrder order = SampleOrder.of(seed, sizes);
    for (int lane = 0; lane < sizes.length; lane++) {
      for (int epoch = 0; epoch < 3; epoch++) {
        Set<Long> seen = new HashSet<>();
        for (long p = (long) epoch * sizes[lane]; p < (epoch + 1L) * sizes[lane]; p++) {
          Sample sample = at(order, p * sizes.length + lane);
          assertThat(sample.lane()).isEqualTo(lane);
          seen.add(sample.segment());
        }
        assertThat(seen).hasSize(sizes[lane]).allMatch(s -> s >= 0);
        assertThat(seen.stream().mapToLong(s -> s).max().orElseThrow()).isEqualTo(sizes[lane] - 1);
      }
    }
  }

  @Property(tries = 50)
  void theGlobalBatchIsTheSameForEveryWorldSizeAndEachRankKeepsToItsLanes(
      @ForAll long seed, @ForAll("laneSizes") int[] sizes) {
    SampleOrder order = SampleOrder.of(seed, sizes);
    int batch = 16;
    for (int worldSize = 1; worldSize <= sizes.length; worldSize *= 2) {
      order.requireWorldSize(worldSize, batch);
      for (long step : new long[] {0, 1, 7, 1_000_003}) {
        List<Sample> together = new ArrayList<>();
        List<Long> indices = new ArrayList<>();
        for (int rank = 0; rank < worldSize; rank++) {
          for (long k = step * batch; k < (step + 1) * batch; k++) {
            if (k % worldSize == rank) {
              Sample sample = at(order, k);
              assertThat(sample.lane() % worldSize).isEqualTo(rank);
              together.add(sample);
              indices.add(k);
            }
          }
        }
        assertThat(indices.stream().sorted().toList())
            .isEqualTo(LongStream.range(step * batch, (step + 1) * batch).boxed().toList());
        List<Sample> alone =
            LongStream.range(step * batch, (step + 1) * batch).mapToObj(k -> at(order, k)).toList();
        Comparator<Sample> anyOrder =
            Comparator.comparingInt(Sample::lane).thenComparingLong(Sample::segment);
        assertThat(together.stream().sorted(anyOrder).toList())
            .isEqualTo(alone.stream().sorted(anyOrder).toList());
      }
    }
  }

  @Property(tries = 30)
  void aNewOrderAskedFromTheMiddleYieldsTheSuffix(
      @ForAll long seed, @ForAll("laneSizes") int[] sizes) {
    SampleOrder whole = SampleOrder.of(seed, sizes);
    List<Sample> all = LongStream.range(0, 400).mapToObj(k -> at(whole, k)).toList();
    SampleOrder resumed = SampleOrder.of(seed, sizes);
    // Lane 0's first epoch ends at this sample: the border is where others lose their place.
    long border = (long) sizes[0] * sizes.length;
    for (long from : new long[] {1, border - 1, border, border + 1}) {
      if (from < 400) {
        List<Sample> suffix = LongStream.range(from, 400).mapToObj(k -> at(resumed, k)).toList();
        assertThat(suffix).isEqualTo(all.subList((int) from, 400));
      }
    }
  }

  @Test
  void epochsLanesAndSeedsDiffer() {
    int[] sizes = {50, 50};
    SampleOrder order = SampleOrder.of(3, sizes);
    List<Long> lane0epoch0 = segments(order, 0, 0);
    assertThat(segments(order, 0, 1)).isNotEqualTo(lane0epoch0);
    assertThat(segments(order, 1, 0)).isNotEqualTo(lane0epoch0);
    assertThat(segments(SampleOrder.of(4, sizes), 0, 0)).isNotEqualTo(lane0epoch0);
  }

  @Test
  void aWorldSizeThatDoesNotDivideIsRefusedInOneLine() {
    SampleOrder order = SampleOrder.of(0, new int[] {3, 3, 3, 3});
    assertThatThrownBy(() -> order.requireWorldSize(3, 6))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("3 ranks")
        .hasMessageContaining("4 lanes");
    assertThatThrownBy(() -> order.requireWorldSize(2, 7))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("batch size 7");
    assertThatThrownBy(() -> SampleOrder.of(0, new int[] {3, 0}))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Lane 1");
  }

  private static List<Long> segments(SampleOrder order, int lane, int epoch) {
    return LongStream.range(epoch * 50L, epoch * 50L + 50)
        .map(p -> order.segment(p * 2 + lane))
        .boxed()
        .toList();
  }
}
