package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.error.InvalidInputException;
import org.jowa.model.torch.FlatParameters.Strictness;
import org.junit.jupiter.api.Test;

class FlatParametersTest {
  private static FlatParameters parameters() {
    return FlatParameters.builder()
        .add("q", ParameterGroup.Q, 3)
        .add("bias", ParameterGroup.NO_DECAY, 5)
        .add("target", ParameterGroup.TARGET, 3)
        .add("weight", ParameterGroup.DECAY, 2, 3)
        .build();
  }

  @Test
  void groupsLieSideBySideWhileNamesKeepTheirOrder() {
    try (FlatParameters parameters = parameters()) {
      assertThat(parameters.names()).containsExactly("q", "bias", "target", "weight");
      assertThat(parameters.range(ParameterGroup.DECAY)).isEqualTo(new Range(0, 16));
      assertThat(parameters.range(ParameterGroup.NO_DECAY)).isEqualTo(new Range(16, 16));
      assertThat(parameters.range(ParameterGroup.Q)).isEqualTo(new Range(32, 16));
      assertThat(parameters.range(ParameterGroup.TARGET)).isEqualTo(new Range(48, 16));
      assertThat(parameters.range("bias")).isEqualTo(new Range(16, 5));
      assertThat(parameters.weights().numel()).isEqualTo(64);
      assertThat(parameters.gradients().numel()).isEqualTo(48);
      assertThat(parameters.count()).isEqualTo(17);
    }
  }

  @Test
  void gradientsOfBackwardPassesAccumulateInTheFlatBuffer() {
    try (FlatParameters parameters = parameters()) {
      for (int pass = 0; pass < 2; pass++) {
        try (StepScope step = StepScope.training()) {
          Tensor weight = parameters.get("weight");
          torch
              .sum(torch.mul(weight, Tensors.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3)))
              .add(torch.sum(parameters.get("q")))
              .backward();
        }
      }
      float[] flat = Tensors.floats(parameters.gradients());
      assertThat(flat[5]).isEqualTo(12f);
      assertThat(flat[6]).isEqualTo(0f);
      assertThat(flat[32]).isEqualTo(2f);
      parameters.zeroGradients();
      assertThat(Tensors.floats(parameters.get("weight").grad())).containsOnly(0f);
      assertThat(parameters.get("target").requires_grad()).isFalse();
    }
  }

  @Test
  void parametersOutliveThePointerScopeTheyWereMadeIn() {
    FlatParameters parameters;
    try (PointerScope scope = new PointerScope()) {
      parameters = parameters();
    }
    parameters.weights().fill_(parameters.get("q").add(parameters.get("q")).sum());
    assertThat(Tensors.floats(parameters.get("bias"))).containsOnly(0f);
    parameters.close();
  }

  @Test
  void aWriteToAParameterIsSeenInTheFlatWeights() {
    try (FlatParameters parameters = parameters();
        StepScope scope = StepScope.inference()) {
      parameters.get("bias").copy_(Tensors.of(new float[] {1, 2, 3, 4, 5}, 5));
      assertThat(Tensors.floats(parameters.weights().narrow(0, 16, 5)))
          .containsExactly(1, 2, 3, 4, 5);
    }
  }

  @Test
  void loadingNamesTheTensorThatDoesNotFit() {
    try (FlatParameters parameters = parameters();
        StepScope scope = StepScope.inference()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("q", Tensors.of(new float[] {7, 8, 9}, 3));
      assertThatThrownBy(() -> parameters.copyFrom(tensors, Strictness.EXACT, "f"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("tensor bias [5] is missing");
      parameters.copyFrom(tensors, Strictness.PARTIAL, "f");
      assertThat(Tensors.floats(parameters.get("q"))).containsExactly(7, 8, 9);

      tensors.put("bias", Tensors.of(new float[5], 5));
      tensors.put("weight", Tensors.of(new float[6], 3, 2));
      tensors.put("target", Tensors.of(new float[3], 3));
      assertThatThrownBy(() -> parameters.copyFrom(tensors, Strictness.EXACT, "f"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("weight")
          .hasMessageContaining("[3, 2]")
          .hasMessageContaining("[2, 3]");

      tensors.put("weight", Tensors.of(new float[6], 2, 3));
      tensors.put("mask", Tensors.of(new float[1], 1));
      assertThatThrownBy(() -> parameters.copyFrom(tensors, Strictness.EXACT, "f"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("unknown tensor mask");
      parameters.copyFrom(tensors, Strictness.IGNORE_UNKNOWN, "f");
    }
  }
}
