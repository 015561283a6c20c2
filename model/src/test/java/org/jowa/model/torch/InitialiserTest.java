package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitialiserTest {
  @Test
  void aWeightDependsOnSeedAndNameOnly() {
    try (StepScope scope = StepScope.inference()) {
      assertThat(normal(1, "a")).isEqualTo(normal(1, "a"));
      assertThat(normal(1, "a")).isNotEqualTo(normal(2, "a"));
      assertThat(normal(1, "a")).isNotEqualTo(normal(1, "b"));
    }
  }

  @Test
  void normalAndUniformHaveTheirMoments() {
    try (StepScope scope = StepScope.inference()) {
      Tensor weight = Tensors.empty(ScalarType.Float, 100_000);
      Initialiser.of(5).normal("w", weight, 0.02);
      assertThat(weight.mean().item_float()).isCloseTo(0, within(0.0003f));
      assertThat(weight.std().item_float()).isCloseTo(0.02f, within(0.0002f));
      Initialiser.of(5).uniform("w", weight, 0.25);
      assertThat(weight.abs().max().item_float()).isBetween(0.249f, 0.25f);
      assertThat(weight.std().item_float()).isCloseTo(0.5f / (float) Math.sqrt(12), within(0.002f));
    }
  }

  @ParameterizedTest
  @CsvSource({"8, 3", "4, 16", "16, 16"})
  void orthogonalWeightsAreOrthonormalTimesTheGain(int out, int in) {
    try (StepScope scope = StepScope.inference()) {
      Tensor weight = Tensors.empty(ScalarType.Float, out, in, 1, 1);
      Initialiser.of(3).orthogonal("conv", weight, Math.sqrt(2));
      Tensor matrix = weight.view(out, in);
      Tensor gram = out <= in ? torch.mm(matrix, matrix.t()) : torch.mm(matrix.t(), matrix);
      Tensor error = gram.sub(torch.eye(gram.size(0)).add(torch.eye(gram.size(0))));
      assertThat(error.abs().max().item_float()).isLessThan(1e-6f);
    }
  }

  private static float[] normal(long seed, String name) {
    Tensor weight = Tensors.empty(ScalarType.Float, 101);
    Initialiser.of(seed).normal(name, weight, 1);
    return Tensors.floats(weight);
  }
}
