package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class FunctionalRandomTest {
  @Test
  void aSamplesMaskDoesNotDependOnItsPlaceInTheBatch() {
    try (StepScope scope = StepScope.inference()) {
      Tensor whole = Tensors.empty(ScalarType.Float, 3, 9001);
      Tensor part = Tensors.empty(ScalarType.Float, 1, 9001);
      FunctionalRandom.dropout(whole, 1, 2, new long[] {10, 11, 12}, 5, 0.1);
      FunctionalRandom.dropout(part, 1, 2, new long[] {11}, 5, 0.1);
      assertThat(Tensors.floats(part)).isEqualTo(Tensors.floats(whole.select(0, 1)));
    }
  }

  @Test
  void masksDropTheirShareAndKeepTheMean() {
    try (StepScope scope = StepScope.inference()) {
      Tensor slab = Tensors.empty(ScalarType.Float, 20, 50_000);
      long[] samples = new long[20];
      for (int i = 0; i < samples.length; i++) {
        samples[i] = i;
      }
      FunctionalRandom.dropout(slab, 3, 4, samples, 0, 0.1);
      float[] factors = Tensors.floats(slab);
      int dropped = 0;
      int pairs = 0;
      for (int i = 0; i < factors.length; i++) {
        assertThat(factors[i] == 0 || factors[i] == (float) (1 / 0.9)).isTrue();
        dropped += factors[i] == 0 ? 1 : 0;
        pairs += i > 0 && factors[i] == 0 && factors[i - 1] == 0 ? 1 : 0;
      }
      // Standard deviations: 0.0003 and 0.0001.
      assertThat(dropped / 1e6).isCloseTo(0.1, within(0.0015));
      assertThat(pairs / 1e6).isCloseTo(0.01, within(0.0006));
    }
  }

  @Test
  void torchsOperatorsDrawTheSameBits() {
    Random random = new Random(5);
    for (int round = 0; round < 60; round++) {
      int streams = 1 + random.nextInt(4);
      int elements = 1 + random.nextInt(round % 10 == 0 ? 20_000 : 700);
      double probability = round == 0 ? 0 : random.nextDouble() * (round % 2 == 0 ? 0.2 : 0.999);
      long seed = random.nextLong();
      long step = random.nextInt(1_000_000);
      long[] samples = random.longs(streams, 0, 1L << 40).toArray();
      long site = random.nextInt(300);
      int[] keys = new int[2 * streams];
      for (int i = 0; i < streams; i++) {
        long key = FunctionalRandom.key(seed, step, samples[i], site);
        keys[i] = (int) key;
        keys[streams + i] = (int) (key >>> 32);
      }
      try (StepScope scope = StepScope.inference()) {
        Tensor expected = Tensors.empty(ScalarType.Float, streams, elements);
        FunctionalRandom.dropout(expected, seed, step, samples, site, probability);
        Tensor drawn = Tensors.empty(ScalarType.Float, streams, elements);
        Tensor scratch = Tensors.empty(ScalarType.Int, 2L * streams * elements + 5);
        FunctionalRandom.dropout(drawn, Tensors.of(keys, 2, streams, 1), scratch, probability);
        assertThat(Tensors.floats(drawn))
            .as("%d x %d at %s", streams, elements, probability)
            .isEqualTo(Tensors.floats(expected));
      }
    }
  }

  @Test
  void everyPartOfTheKeyChangesTheStream() {
    float[] base = draws(FunctionalRandom.key(1, 2, 3, 4));
    assertThat(draws(FunctionalRandom.key(1, 2, 3, 4))).isEqualTo(base);
    long[] keys = {
      FunctionalRandom.key(2, 2, 3, 4),
      FunctionalRandom.key(1, 3, 3, 4),
      FunctionalRandom.key(1, 2, 4, 4),
      FunctionalRandom.key(1, 2, 3, 5),
      FunctionalRandom.key(2, 1, 3, 4)
    };
    for (long key : keys) {
      assertThat(correlation(base, draws(key))).isCloseTo(0, within(0.02));
    }
  }

  @Test
  void drawsAreUniform() {
    float[] draws = draws(FunctionalRandom.key(9, 9, 9, 9));
    int[] buckets = new int[16];
    for (float draw : draws) {
      buckets[(int) (draw * 16)]++;
    }
    for (int bucket : buckets) {
      assertThat(bucket).isBetween(5800, 6700);
    }
    double mean = 0;
    for (int i = 0; i < 100_000; i++) {
      mean += FunctionalRandom.uniform(77, i);
    }
    assertThat(mean / 100_000).isCloseTo(0.5, within(0.004));
  }

  private static float[] draws(long key) {
    float[] draws = new float[100_000];
    FunctionalRandom.uniform(key, draws, 0, draws.length);
    return draws;
  }

  private static double correlation(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - 0.5) * (b[i] - 0.5) * 12;
    }
    return sum / a.length;
  }
}
