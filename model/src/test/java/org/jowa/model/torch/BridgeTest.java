package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.GradMode;
import org.junit.jupiter.api.Test;

class BridgeTest {
  @Test
  void aStepScopeRestoresTheGradientMode() {
    TorchRuntime.init();
    GradMode.set_enabled(false);
    assertThatThrownBy(
            () -> {
              try (StepScope scope = StepScope.training()) {
                assertThat(GradMode.is_enabled()).isTrue();
                throw new IllegalStateException("step");
              }
            })
        .hasMessage("step");
    assertThat(GradMode.is_enabled()).isFalse();
  }

  @Test
  void memoryStaysFlatOverManySteps() {
    TorchRuntime.init();
    float[] values = new float[1 << 20];
    long before = 0;
    for (int step = 0; step < 300; step++) {
      try (StepScope scope = StepScope.training()) {
        Tensors.of(values, values.length)
            .set_requires_grad(true)
            .mul(Tensors.of(values, values.length))
            .sum()
            .backward();
      }
      if (step == 50) {
        before = Pointer.physicalBytes();
      }
    }
    assertThat(Pointer.physicalBytes() - before).isLessThan(200L << 20);
  }
}
