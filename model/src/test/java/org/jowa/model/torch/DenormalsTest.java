package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class DenormalsTest {
  private static final float DENORMAL = 1e-39f;

  /** What multiplying a tensor of denormals by one gives. */
  private static float[] multiplied(int length) {
    float[] values = new float[length];
    Arrays.fill(values, DENORMAL);
    Tensor tensor = Tensors.of(values, length);
    try (Scalar one = new Scalar(1)) {
      return Tensors.floats(tensor.mul(one));
    }
  }

  @Test
  void denormalsAreZeroInAScopeAndAScopeInIt() {
    try (StepScope scope = StepScope.training()) {
      assertThat(multiplied(1)).containsExactly(0);
      try (StepScope inner = StepScope.inference()) {
        assertThat(multiplied(1)).containsExactly(0);
      }
      assertThat(multiplied(1)).containsExactly(0);
    }
  }

  @Test
  void outsideAllIsAsItWas() {
    TorchRuntime.init();
    float[] before = multiplied(1);
    try (StepScope scope = StepScope.inference()) {
      multiplied(1);
    }
    assertThat(multiplied(1)).containsExactly(before).containsExactly(DENORMAL);
    assertThat(Float.MIN_NORMAL / 2).isPositive();
  }

  /** Same bits for any number of threads: all of them have to do it. */
  @Test
  void helpersDoTheSame() throws Exception {
    ExecutorService fresh = Executors.newSingleThreadExecutor();
    try {
      float[] values =
          fresh
              .submit(
                  () -> {
                    TorchRuntime.setThreads(3);
                    // Would start helpers that don't, if there were none yet.
                    multiplied(1_000_000);
                    try (StepScope scope = StepScope.training()) {
                      return multiplied(1_000_000);
                    }
                  })
              .get();
      assertThat(values).containsOnly(0);
    } finally {
      fresh.shutdown();
    }
  }
}
