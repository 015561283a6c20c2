package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class BridgeTest {
  @Test
  void borrowedAndSharedArraysUseOneMemory() {
    TorchRuntime.init();
    try (NDManager manager = NDManager.newBaseManager();
        StepScope scope = StepScope.inference()) {
      NDArray array = manager.create(new float[] {1, 2, 3});
      Tensor borrowed = NDArrays.borrow(array);
      borrowed.mul_(borrowed);
      assertThat(array.toFloatArray()).containsExactly(1, 4, 9);

      Tensor tensor = Tensors.of(new float[] {5, 6}, 2, 1);
      NDArray shared = NDArrays.share(tensor, manager);
      tensor.add_(tensor);
      assertThat(shared.toFloatArray()).containsExactly(10, 12);
      assertThat(shared.getShape()).isEqualTo(new Shape(2, 1));
    }
  }

  @Test
  void adoptedTensorsOutliveTheirScope() {
    TorchRuntime.init();
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray adopted;
      try (StepScope scope = StepScope.inference()) {
        adopted = NDArrays.adopt(Tensors.of(new float[] {1, 2}, 2), manager);
      }
      assertThat(adopted.sum().getFloat()).isEqualTo(3f);
    }
  }

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
