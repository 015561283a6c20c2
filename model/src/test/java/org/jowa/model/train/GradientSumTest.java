package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.InProcessCollectives;
import org.jowa.model.collective.Ranks;
import org.jowa.model.loss.LossCounts;
import org.jowa.model.loss.WorldObjective;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Penalty;
import org.jowa.model.torch.Range;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.DropoutKey;
import org.jowa.model.world.TestModels;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class GradientSumTest {
  /** Three buckets, the first of them short. */
  private static final int LENGTH = 60_000;

  private static final int BUCKET = 25_000;

  @BeforeAll
  static void startTorch() {
    TorchRuntime.init();
  }

  private static List<Collective> ranks(int count) {
    return InProcessCollectives.create(count, Duration.ofSeconds(20));
  }

  private static float[] summed(Collective collective, boolean overlap) {
    try (StepScope scope = StepScope.inference()) {
      float[] own = new float[LENGTH];
      for (int i = 0; i < own.length; i++) {
        own[i] = (float) Math.sin(i * (collective.rank() + 1.0));
      }
      Tensor gradients = Tensors.of(own, LENGTH);
      try (GradientSum sum = new GradientSum(collective, gradients, BUCKET, overlap)) {
        Consumer<Range> complete = sum.begin(new Range(0, LENGTH));
        // Ends in the middle of a bucket, then the rest out of order.
        complete.accept(new Range(40_000, 20_000));
        complete.accept(new Range(0, 30_000));
        complete.accept(new Range(30_000, 10_000));
        sum.finish();
      }
      return Tensors.floats(gradients);
    }
  }

  @Test
  void sumsEveryElementOnceAndToTheSameBitsWhetherEarlyOrLate() {
    List<float[]> early = Ranks.values(ranks(3), collective -> summed(collective, true));
    List<float[]> late = Ranks.values(ranks(3), collective -> summed(collective, false));
    for (int rank = 0; rank < 3; rank++) {
      assertThat(early.get(rank)).isEqualTo(late.get(0));
    }
    for (int i = 0; i < LENGTH; i += 997) {
      double expected = Math.sin(i) + Math.sin(2.0 * i) + Math.sin(3.0 * i);
      assertThat((double) late.get(0)[i]).isCloseTo(expected, within(1e-5));
    }
  }

  @Test
  void aBucketStartsWhenAllOfItIsComplete() {
    List<Long> lengths = Collections.synchronizedList(new ArrayList<>());
    Ranks.values(
        ranks(2),
        collective -> {
          try (StepScope scope = StepScope.inference()) {
            Tensor gradients = Tensors.of(new float[LENGTH], LENGTH);
            try (GradientSum sum = new GradientSum(collective, gradients, BUCKET, true)) {
              Consumer<Range> complete = sum.begin(new Range(0, LENGTH));
              complete.accept(new Range(LENGTH - BUCKET + 1, BUCKET - 1));
              lengths.add((long) sum.underWay());
              complete.accept(new Range(LENGTH - BUCKET, 1));
              lengths.add((long) sum.underWay());
              sum.finish();
              lengths.add((long) sum.underWay());
            }
          }
          return 0;
        });
    assertThat(lengths).hasSize(6).containsOnly(0L, 1L).filteredOn(n -> n == 1).hasSize(2);
  }

  /** Gradients of what a stage doesn't train are zero everywhere: they needn't travel. */
  @Test
  void whatDoesNotLearnStaysAtHome() {
    List<float[]> sums =
        Ranks.values(
            ranks(2),
            collective -> {
              float[] ones = new float[LENGTH];
              Arrays.fill(ones, 1);
              try (StepScope scope = StepScope.inference()) {
                Tensor gradients = Tensors.of(ones, LENGTH);
                try (GradientSum sum = new GradientSum(collective, gradients, BUCKET, false)) {
                  sum.begin(new Range(10, 30_000));
                  sum.finish();
                  // The next stage trains other parameters.
                  sum.begin(new Range(30_000, LENGTH - 30_000));
                  sum.finish();
                }
                return Tensors.floats(gradients);
              }
            });
    float[] expected = new float[LENGTH];
    Arrays.fill(expected, 0, 10, 1);
    Arrays.fill(expected, 10, LENGTH, 2);
    // What learned in both stages was summed twice.
    Arrays.fill(expected, 30_000, 30_010, 4);
    assertThat(sums).containsExactly(expected, expected);
  }

  /** What was told to be complete is as it stays, and in the end everything was told once. */
  @Test
  void theWorldModelTellsOfEachGradientWhenItIsComplete() {
    WorldBatch batch = TestModels.batch(2, 3, 5);
    LossSettings settings = LossSettings.withQ(0.1, 0.99, Penalty.CQL, 0.1, false);
    try (StepScope scope = StepScope.inference();
        WorldActionModel model = WorldActionModel.create(TestModels.small(2), 1)) {
      Tensor gradients = model.parameters().gradients();
      model.parameters().zeroGradients();
      float[] told = new float[(int) gradients.numel()];
      Arrays.fill(told, Float.NaN);
      List<Long> offsets = new ArrayList<>();
      WorldObjective.accumulate(
          model,
          batch,
          settings,
          LossCounts.of(batch),
          new DropoutKey(1, 1),
          range -> {
            float[] now = Tensors.floats(gradients.narrow(0, range.offset(), range.length()));
            for (int i = 0; i < now.length; i++) {
              int at = (int) range.offset() + i;
              assertThat(told[at]).as("element %d", at).isNaN();
              told[at] = now[i];
            }
            offsets.add(range.offset());
          });
      assertThat(told).isEqualTo(Tensors.floats(gradients));
      // More than one piece, so that there is something to overlap.
      assertThat(offsets).hasSizeGreaterThan(4);
    }
  }
}
