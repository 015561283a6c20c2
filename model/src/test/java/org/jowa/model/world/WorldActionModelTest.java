package org.jowa.model.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jowa.error.UsageException;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorldActionModelTest {
  @BeforeAll
  static void useOneThread() {
    TorchRuntime.setThreads(1);
  }

  @ParameterizedTest
  @CsvSource({
    "4, 8, 512, 768, 1, 19109681, 17416091, 1693590",
    "6, 12, 768, 1024, 1, 53349681, 50567579, 2782102",
    "12, 12, 768, 1792, 3, 127778185, 109045447, 18732738"
  })
  void publishedSizesHaveThePublishedParameterCounts(
      int layers,
      int heads,
      int width,
      int qWidth,
      int qHeads,
      long all,
      long trainable,
      long qHead) {
    WorldConfig config =
        new WorldConfig(
            layers,
            heads,
            width,
            qWidth,
            qHeads,
            2048,
            8,
            Dropouts.REFERENCE,
            true,
            true,
            TdLoss.C51,
            51,
            -10,
            30);
    try (FlatParameters parameters = WorldWeights.declare(config, Device.CPU)) {
      assertThat(count(parameters, ParameterGroup.values())).isEqualTo(all);
      assertThat(count(parameters, ParameterGroup.Q)).isEqualTo(qHead);
      assertThat(count(parameters, ParameterGroup.DECAY, ParameterGroup.NO_DECAY, ParameterGroup.Q))
          .isEqualTo(trainable);
    }
  }

  @Test
  void firstWeightsFollowTheSpecification() {
    try (WorldActionModel model = WorldActionModel.create(TestModels.small(2), 3)) {
      FlatParameters parameters = model.parameters();
      assertThat(deviation(parameters, "transformer.blocks.1.mlp.2.weight"))
          .isCloseTo(0.02, within(0.001));
      assertThat(deviation(parameters, "pos_emb.weight")).isCloseTo(0.02, within(0.001));
      assertThat(values(parameters, "transformer.blocks.0.attn.query.bias")).containsOnly(0);
      assertThat(values(parameters, "transformer.ln_f.weight")).containsOnly(1);
      double bound = 1 / Math.sqrt(model.config().width());
      assertThat(deviation(parameters, "head_q.head_module.params.0"))
          .isCloseTo(bound / Math.sqrt(3), within(0.05 * bound));
      assertThat(deviation(parameters, "head_q.head_module.params.9")).isPositive();
      assertThat(values(parameters, "head_q.head_module.params.6")).containsOnly(1);
      for (int i = 0; i < 10; i++) {
        assertThat(values(parameters, "head_q_target.head_module.params." + i))
            .isEqualTo(values(parameters, "head_q.head_module.params." + i));
      }
    }
  }

  @Test
  void firstWeightsDependOnTheSeedAlone() {
    try (WorldActionModel one = WorldActionModel.create(TestModels.small(1), 7);
        WorldActionModel same = WorldActionModel.create(TestModels.small(1), 7);
        WorldActionModel other = WorldActionModel.create(TestModels.small(1), 8)) {
      float[] weights = Tensors.floats(one.parameters().weights());
      assertThat(Tensors.floats(same.parameters().weights())).isEqualTo(weights);
      assertThat(Tensors.floats(other.parameters().weights())).isNotEqualTo(weights);
    }
  }

  @Test
  void laterTokensHaveNoInfluenceOnEarlierFeatures() {
    WorldBatch batch = TestModels.batch(1, 4, 1);
    WorldBatch changed = TestModels.batch(1, 4, 1);
    int changedStep = 2;
    changed.tokens()[changedStep * WorldConfig.FRAME_TOKENS] ^= 1;
    try (WorldActionModel model = WorldActionModel.create(TestModels.small(1), 1);
        StepScope scope = StepScope.inference()) {
      float[] features = Tensors.floats(model.forward(batch, Optional.empty()));
      float[] others = Tensors.floats(model.forward(changed, Optional.empty()));
      int same = changedStep * WorldConfig.BLOCK_TOKENS * model.config().width();
      for (int i = 0; i < same; i++) {
        assertThat(others[i]).isEqualTo(features[i]);
      }
      assertThat(others[same]).isNotEqualTo(features[same]);
    }
  }

  @Test
  void aGameTakesOverAllRowsOfAnother() {
    WorldConfig config = TestModels.small(1).withNeighbourhoodWidth(6).withBehaviourWidth(6);
    try (WorldActionModel model = WorldActionModel.create(config, 1);
        StepScope scope = StepScope.inference()) {
      List<Tensor> tables =
          model.parameters().tensors().entrySet().stream()
              .filter(entry -> entry.getKey().endsWith("games.weight") || isOfTasks(entry.getKey()))
              .map(entry -> entry.getValue().detach())
              .toList();
      assertThat(tables).hasSize(5);
      tables.forEach(table -> table.select(0, 4).fill_(new Scalar(0.5)));
      model.copyGame(9, 4);
      for (Tensor table : tables) {
        assertThat(Tensors.floats(table.select(0, 9))).containsOnly(0.5f);
        assertThat(Tensors.floats(table.select(0, 8))).doesNotContain(0.5f);
      }
    }
  }

  private static boolean isOfTasks(String name) {
    return WorldWeights.TASKS.contains(name);
  }

  @Test
  void idsOutsideTheirTableAreRefused() {
    try (WorldActionModel model = WorldActionModel.create(TestModels.small(1), 1);
        StepScope scope = StepScope.inference()) {
      WorldBatch action = TestModels.batch(1, 2, 1);
      action.actions()[1] = 18;
      assertThatThrownBy(() -> model.forward(action, Optional.empty()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Action 18");
      WorldBatch token = TestModels.batch(1, 2, 1);
      token.tokens()[5] = -1;
      assertThatThrownBy(() -> model.forward(token, Optional.empty()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("token -1");
      WorldBatch longer = TestModels.batch(1, 9, 1);
      assertThatThrownBy(() -> model.forward(longer, Optional.empty()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("9 steps");
    }
  }

  @Test
  void widthHasToBeAMultipleOfHeads() {
    assertThatThrownBy(
            () ->
                new WorldConfig(
                    1, 3, 64, 32, 1, 16, 8, Dropouts.NONE, true, true, TdLoss.MSE, 1, -1, 1))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("64")
        .hasMessageContaining("3");
  }

  private static long count(FlatParameters parameters, ParameterGroup... groups) {
    long count = 0;
    for (String name : parameters.names()) {
      for (ParameterGroup group : groups) {
        count += parameters.group(name) == group ? parameters.range(name).length() : 0;
      }
    }
    return count;
  }

  private static float[] values(FlatParameters parameters, String name) {
    Tensor detached = parameters.get(name).detach();
    return Tensors.floats(detached);
  }

  private static double deviation(FlatParameters parameters, String name) {
    double squares = 0;
    float[] values = values(parameters, name);
    for (float value : values) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares / values.length);
  }
}
