package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.optim.AdamW;
import org.jowa.model.optim.GroupSettings;
import org.jowa.model.torch.FlatParameters.Strictness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ProductWeightsTest {
  private static final Compute BF16 = new Compute(Device.CPU, Precision.BF16);

  private final FlatParameters parameters =
      FlatParameters.builder()
          .add("w", ParameterGroup.DECAY, 2, 3)
          .add("target", ParameterGroup.TARGET, 4)
          .build();
  private final ProductWeights weights = new ProductWeights(parameters, BF16);

  @BeforeAll
  static void startTorch() {
    TorchRuntime.init();
  }

  @AfterEach
  void close() {
    weights.close();
    parameters.close();
  }

  private float[] converted() {
    try (StepScope scope = StepScope.inference()) {
      weights.refresh();
      return Tensors.floats(weights.leaf("w").detach().toType(ScalarType.Float));
    }
  }

  private float[] rounded() {
    try (StepScope scope = StepScope.inference()) {
      return Tensors.floats(
          parameters.get("w").detach().toType(ScalarType.BFloat16).toType(ScalarType.Float));
    }
  }

  @Test
  void followEveryWayInWhichWeightsChange() {
    try (StepScope scope = StepScope.inference()) {
      Tensor values = Tensors.of(new float[] {1.001f, 2.002f, -3.003f, 4, 5, 6}, 2, 3);
      parameters.copyFrom(Map.of("w", values), Strictness.PARTIAL, "test");
      assertThat(converted()).isEqualTo(rounded()).contains(1.0f);
      parameters.get("w").mul_(new Scalar(3.0));
      assertThat(converted()).isEqualTo(rounded()).contains(3.0f);
      parameters.weights().add_(new Scalar(1.0));
      assertThat(converted()).isEqualTo(rounded()).contains(4.0f);
    }
    float[] before = rounded();
    GroupSettings settings = new GroupSettings(0.5, 0);
    try (AdamW optimizer = AdamW.of(parameters, Map.of(ParameterGroup.DECAY, settings));
        StepScope scope = StepScope.inference()) {
      parameters.gradients().fill_(new Scalar(1.0));
      optimizer.step(Double.POSITIVE_INFINITY);
    }
    assertThat(converted()).isEqualTo(rounded()).isNotEqualTo(before);
  }

  @Test
  void areConvertedOnceForEachChange() {
    try (StepScope scope = StepScope.inference()) {
      parameters.weights().fill_(new Scalar(2.0));
      weights.refresh();
      weights.flat().fill_(new Scalar(7.0));
      weights.refresh();
      assertThat(Tensors.floats(weights.flat().toType(ScalarType.Float))).containsOnly(7);
    }
  }

  @Test
  void addWhatLeavesGatheredToTheFp32GradientsOnce() {
    try (StepScope scope = StepScope.training()) {
      parameters.gradients().fill_(new Scalar(0.25));
      weights.refresh();
      torch.sum(weights.leaf("w").mul(new Scalar(3.0))).backward();
    }
    weights.collectGradients();
    weights.collectGradients();
    try (StepScope scope = StepScope.inference()) {
      assertThat(Tensors.floats(parameters.get("w").grad())).containsOnly(3.25f);
      assertThat(weights.leaf("target").requires_grad()).isFalse();
    }
  }

  @Test
  void areTheWeightsThemselvesInFp32() {
    try (ProductWeights same = new ProductWeights(parameters, Compute.FP32_ON_CPU)) {
      assertThat(same.leaf("w")).isSameAs(parameters.get("w"));
      assertThat(same.flat()).isSameAs(parameters.weights());
    }
  }
}
