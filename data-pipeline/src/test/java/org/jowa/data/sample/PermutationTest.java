package org.jowa.data.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.BitSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PermutationTest {
  @Property(tries = 200)
  void everyIndexIsHitExactlyOnce(@ForAll long key, @ForAll @IntRange(min = 1, max = 700) int n) {
    BitSet seen = new BitSet(n);
    for (int i = 0; i < n; i++) {
      seen.set((int) Permutation.apply(key, n, i));
    }
    assertThat(seen.cardinality()).isEqualTo(n);
    assertThat(seen.length()).isEqualTo(n);
  }

  @Test
  void positionsAreUniformOverKeys() {
    int n = 7;
    int keys = 14_000;
    int[][] counts = new int[n][n];
    for (long key = 0; key < keys; key++) {
      for (int i = 0; i < n; i++) {
        counts[i][(int) Permutation.apply(key, n, i)]++;
      }
    }
    double expected = (double) keys / n;
    double chiSquare = 0;
    for (int[] row : counts) {
      for (int count : row) {
        chiSquare += (count - expected) * (count - expected) / expected;
      }
    }
    // 36 degrees of freedom: 99.99% of uniform draws lie below 79.
    assertThat(chiSquare).isLessThan(79);
  }

  @Test
  void allPermutationsOfFourAreAboutEquallyFrequent() {
    int keys = 24_000;
    int[] counts = new int[256];
    for (long key = 0; key < keys; key++) {
      int code = 0;
      for (int i = 0; i < 4; i++) {
        code = code * 4 + (int) Permutation.apply(key, 4, i);
      }
      counts[code]++;
    }
    int[] found = Arrays.stream(counts).filter(count -> count > 0).toArray();
    assertThat(found).hasSize(24);
    for (int count : found) {
      assertThat(count).isBetween(850, 1150);
    }
  }

  @Test
  void neighboursAreTornApartInALargePermutation() {
    long n = 1L << 40;
    long close = 0;
    for (long i = 0; i < 2_000; i++) {
      long gap = Math.abs(Permutation.apply(5, n, i) - Permutation.apply(5, n, i + 1));
      if (gap < n / 100) {
        close++;
      }
    }
    // Two uniform places lie within a hundredth of the range in about 2% of the cases.
    assertThat(close).isBetween(10L, 80L);
  }

  @Test
  void anIndexOutsideIsRefused() {
    assertThatThrownBy(() -> Permutation.apply(1, 3, 3)).hasMessageContaining("3");
    assertThatThrownBy(() -> Permutation.apply(1, 3, -1)).hasMessageContaining("-1");
  }
}
