package org.jowa.model.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.junit.jupiter.api.Test;

class UnreadCodesTest {
  private static final String OUTPUTS = "head_observations.head_module.2.weight";
  private static final String BIAS = "head_observations.head_module.2.bias";

  private final WorldConfig config = TestModels.small(1).withNeighbourhoodWidth(6);

  @Test
  void areThoseWhoseVectorsNoStepHasChanged() {
    try (WorldActionModel atStart = WorldActionModel.create(config, 1);
        WorldActionModel model = WorldActionModel.create(config, 1)) {
      assertThat(UnreadCodes.of(model, atStart)).hasSize(config.codebookSize());
      change(model, "embedder.embedding_tables.1.weight", 3);
      change(model, "neighbourhood.tokens.weight", 0);
      change(model, "neighbourhood.tokens.weight", 3);
      int[] rest =
          IntStream.range(0, config.codebookSize())
              .filter(code -> code % 3 != 0 || code > 3)
              .toArray();
      assertThat(UnreadCodes.of(model, atStart)).containsExactly(rest);
      try (WorldActionModel other = WorldActionModel.create(config, 2)) {
        assertThat(UnreadCodes.of(model, other)).as("of weights from elsewhere").isEmpty();
      }
    }
  }

  private static void change(WorldActionModel model, String table, int code) {
    try (StepScope scope = StepScope.inference()) {
      model.parameters().get(table).detach().select(0, code).select(0, 1).add_(new Scalar(1e-4f));
    }
  }

  @Test
  void theirOutputsAreThoseOfAnotherModelAndAllElseStays() {
    try (WorldActionModel fresh = WorldActionModel.create(config, 1);
        WorldActionModel model = WorldActionModel.create(config, 2);
        WorldActionModel before = WorldActionModel.create(config, 2)) {
      try (StepScope scope = StepScope.inference()) {
        model.parameters().get(BIAS).detach().fill_(new Scalar(-1f));
        before.parameters().get(BIAS).detach().fill_(new Scalar(-1f));
      }
      UnreadCodes.takeOutputs(model, new int[] {4, 31}, fresh);
      for (int code = 0; code < config.codebookSize(); code++) {
        WorldActionModel expected = code == 4 || code == 31 ? fresh : before;
        assertThat(row(model, OUTPUTS, code)).isEqualTo(row(expected, OUTPUTS, code));
        assertThat(row(model, BIAS, code)).isEqualTo(row(expected, BIAS, code));
      }
      List<String> others = new ArrayList<>(model.parameters().names());
      others.removeAll(List.of(OUTPUTS, BIAS));
      for (String name : others) {
        assertThat(all(model, name)).as(name).isEqualTo(all(before, name));
      }
    }
  }

  private static float[] row(WorldActionModel model, String name, int code) {
    float[] all = all(model, name);
    int width = all.length / model.config().codebookSize();
    return Arrays.copyOfRange(all, code * width, (code + 1) * width);
  }

  private static float[] all(WorldActionModel model, String name) {
    try (StepScope scope = StepScope.inference()) {
      Tensor tensor = model.parameters().get(name).detach();
      return Tensors.floats(tensor);
    }
  }
}
