package org.jowa.data.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FrameOrderTest {
  @Property(tries = 60)
  void eachFrameComesExactlyOnceInEachEpochOfALane(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 3_000) int first,
      @ForAll @IntRange(min = 1, max = 3_000) int second) {
    int[] sizes = {first, second};
    FrameOrder order = FrameOrder.of(seed, sizes);
    for (int lane = 0; lane < 2; lane++) {
      for (int epoch = 0; epoch < 2; epoch++) {
        BitSet seen = new BitSet();
        for (long p = (long) epoch * sizes[lane]; p < (epoch + 1L) * sizes[lane]; p++) {
          assertThat(order.lane(p * 2 + lane)).isEqualTo(lane);
          assertThat(order.place(p * 2 + lane)).isEqualTo(p);
          seen.set((int) order.frame(p * 2 + lane));
        }
        assertThat(seen.cardinality()).isEqualTo(sizes[lane]);
        assertThat(seen.length()).isEqualTo(sizes[lane]);
      }
    }
  }

  @Test
  void aWindowHoldsFewChunksButABatchMixesManyPlaces() {
    int frames = 100_000;
    FrameOrder order = FrameOrder.of(9, new int[] {frames, frames, frames, frames});
    assertThat(order.chunksPerWindow()).isEqualTo(64);
    Set<Long> chunks = new HashSet<>();
    for (long place = 0; place < 64L * FrameOrder.CHUNK; place++) {
      assertThat(order.window(2, place)).isZero();
      chunks.add(order.frame(place * 4 + 2) / FrameOrder.CHUNK);
    }
    assertThat(chunks).hasSize(64);
    Set<Long> firstBatch = new HashSet<>();
    for (long k = 0; k < 64; k++) {
      firstBatch.add(order.lane(k) * 10_000L + order.frame(k) / FrameOrder.CHUNK);
    }
    assertThat(firstBatch).hasSizeGreaterThan(40);
  }

  @Test
  void epochsAndSeedsDiffer() {
    int[] sizes = {500};
    FrameOrder order = FrameOrder.of(1, sizes);
    FrameOrder other = FrameOrder.of(2, sizes);
    int same = 0;
    int sameSeed = 0;
    for (long p = 0; p < 500; p++) {
      same += order.frame(p) == order.frame(p + 500) ? 1 : 0;
      sameSeed += order.frame(p) == other.frame(p) ? 1 : 0;
    }
    assertThat(same).isLessThan(15);
    assertThat(sameSeed).isLessThan(15);
  }
}
