package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TrustedProductsTest {
  private static final Compute BF16 = new Compute(Device.CPU, Precision.BF16);

  @BeforeAll
  static void useOneThread() {
    TorchRuntime.setThreads(1);
  }

  @AfterEach
  void tryAsUsual() {
    System.clearProperty(FastPath.PROPERTY);
  }

  @Test
  void fp32IsRightAsItIs() {
    assertThat(
            FastPath.isRight(
                "fp32", Compute.FP32_ON_CPU, TrustedProducts.trials(Compute.FP32_ON_CPU)))
        .isTrue();
    assertThat(Compute.FP32_ON_CPU.arithmetic()).isEqualTo(ScalarType.Float);
  }

  @Test
  void aProcessorComputesBf16InFp32UnlessToldToTry() {
    assertThat(BF16.arithmetic()).isEqualTo(ScalarType.Float);
    System.setProperty(FastPath.PROPERTY, "off");
    assertThat(BF16.arithmetic()).isEqualTo(ScalarType.Float);
    System.setProperty(FastPath.PROPERTY, "on");
    boolean right = FastPath.isRight("bf16", BF16, TrustedProducts.trials(BF16));
    assertThat(BF16.arithmetic()).isEqualTo(right ? ScalarType.BFloat16 : ScalarType.Float);
  }

  /** Rounding to bf16 where fp32 was promised is already too much. */
  @Test
  void aTrialIsFailedByRounding() {
    List<FastPath.Trial> rounded =
        TrustedProducts.trials(Compute.FP32_ON_CPU).stream()
            .map(
                trial ->
                    new FastPath.Trial(
                        trial.name(),
                        () -> trial.fast().get().stream().map(TrustedProductsTest::round).toList(),
                        trial.exact()))
            .toList();
    assertThat(FastPath.isRight("rounded", Compute.FP32_ON_CPU, rounded)).isFalse();
    assertThat(FastPath.isRight("rounded", BF16, rounded)).isTrue();
  }

  /** As where torch has no such operator, which classes find out when they are loaded. */
  @Test
  void aTrialThatCannotRunIsFailed() {
    List<Throwable> faults =
        List.of(new IllegalStateException("no"), new ExceptionInInitializerError("none"));
    for (Throwable fault : faults) {
      FastPath.Trial trial =
          new FastPath.Trial(
              "missing",
              () -> {
                if (fault instanceof Error error) {
                  throw error;
                }
                throw (RuntimeException) fault;
              },
              () -> List.of(torch.ones(2)));
      assertThat(FastPath.isRight("missing", Compute.FP32_ON_CPU, List.of(trial))).isFalse();
    }
  }

  private static Tensor round(Tensor tensor) {
    return tensor.toType(ScalarType.BFloat16).toType(ScalarType.Float);
  }
}
