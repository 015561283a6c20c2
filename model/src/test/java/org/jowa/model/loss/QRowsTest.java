package org.jowa.model.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Penalty;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.TestModels;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class QRowsTest {
  @BeforeAll
  static void useOneThread() {
    TorchRuntime.setThreads(1);
  }

  @ParameterizedTest
  @EnumSource(TdLoss.class)
  void recordingGoesOnAfterATargetThatFails(TdLoss tdLoss) {
    try (WorldActionModel model = WorldActionModel.create(TestModels.small(2, tdLoss), 1);
        StepScope scope = StepScope.training()) {
      WorldBatch batch = TestModels.batch(2, 3, 1);
      Arrays.fill(batch.games(), 999);
      long tokens = 2 * 3 * WorldConfig.BLOCK_TOKENS;
      Tensor features = Tensors.zeros(ScalarType.Float, tokens, model.config().width());
      FeatureRows rows = new FeatureRows(features, batch, model.device(), model.config());
      LossSettings settings = LossSettings.withQ(0.1, 0.99, Penalty.CQL, 0.1, true);
      assertThatThrownBy(() -> QRows.of(model, batch, rows, settings, EnsembleWeights.equal(2)))
          .hasMessageContaining("999");
      assertThat(GradMode.is_enabled()).isTrue();
    }
  }
}
