package org.jowa.model.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DropoutMasksTest {
  private static final int STEPS = 4;
  private static final int TOKENS = STEPS * WorldConfig.BLOCK_TOKENS;
  private static final List<RowBlock> BLOCKS = RowBlock.of(TOKENS);
  private static final DropoutKey KEY = new DropoutKey(3, 9);

  @BeforeAll
  static void useOneThread() {
    TorchRuntime.setThreads(1);
  }

  @Test
  void factorsAreZeroAtTheGivenRateAndElseKeepTheMean() {
    try (DropoutMasks masks = new DropoutMasks(TestModels.small(2), Compute.FP32_ON_CPU);
        StepScope scope = StepScope.inference()) {
      masks.draw(KEY, TestModels.batch(2, STEPS, 1), BLOCKS, TOKENS);
      assertRate(masks.embedding(), 0.1);
      assertRate(masks.mlp(1), 0.1);
      assertRate(masks.projection(0), 0.1);
      assertRate(masks.attention(1, BLOCKS.get(2)), 0.1);
      assertRate(masks.qHead(), 0.01);
      assertThat(Tensors.floats(masks.mlp(0))).isNotEqualTo(Tensors.floats(masks.mlp(1)));
      assertThat(Tensors.floats(masks.mlp(0))).isNotEqualTo(Tensors.floats(masks.projection(0)));
    }
  }

  @Test
  void aSequenceHasTheSameMasksInEveryBatchAndWithEveryNumberOfThreads() {
    try (DropoutMasks together = new DropoutMasks(TestModels.small(2), Compute.FP32_ON_CPU);
        DropoutMasks alone = new DropoutMasks(TestModels.small(2), Compute.FP32_ON_CPU);
        StepScope scope = StepScope.inference()) {
      WorldBatch batch = TestModels.batch(3, STEPS, 1);
      TorchRuntime.setThreads(3);
      together.draw(KEY, batch, BLOCKS, TOKENS);
      TorchRuntime.setThreads(1);
      alone.draw(KEY, batch.rows(1, 2), BLOCKS, TOKENS);
      assertSecond(together.embedding(), alone.embedding());
      assertSecond(together.projection(1), alone.projection(1));
      assertSecond(together.qHead(), alone.qHead());
      for (RowBlock block : BLOCKS) {
        assertSecond(together.attention(0, block), alone.attention(0, block));
      }
    }
  }

  @Test
  void nothingIsDroppedWhereTheProbabilityIsZero() {
    WorldConfig config = TestModels.small(1);
    try (DropoutMasks masks =
            new DropoutMasks(config.withDropouts(Dropouts.NONE), Compute.FP32_ON_CPU);
        StepScope scope = StepScope.inference()) {
      masks.draw(KEY, TestModels.batch(1, STEPS, 1), BLOCKS, TOKENS);
      assertThat(masks.embedding()).isNull();
      assertThat(masks.attention(0, BLOCKS.get(0))).isNull();
      assertThat(masks.qHead()).isNull();
    }
  }

  private static void assertRate(Tensor mask, double rate) {
    float[] factors = Tensors.floats(mask);
    float kept = (float) (1 / (1 - rate));
    int dropped = 0;
    for (float factor : factors) {
      assertThat(factor == 0 || factor == kept).isTrue();
      dropped += factor == 0 ? 1 : 0;
    }
    double deviation = Math.sqrt(rate * (1 - rate) / factors.length);
    assertThat((double) dropped / factors.length).isCloseTo(rate, within(5 * deviation));
  }

  /** The second third of one mask is the other. */
  private static void assertSecond(Tensor ofThree, Tensor ofOne) {
    float[] all = Tensors.floats(ofThree);
    int part = all.length / 3;
    assertThat(Arrays.copyOfRange(all, part, 2 * part)).isEqualTo(Tensors.floats(ofOne));
  }
}
