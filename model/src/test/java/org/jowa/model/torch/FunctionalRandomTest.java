package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
