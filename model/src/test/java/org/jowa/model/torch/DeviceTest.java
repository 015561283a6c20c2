package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
  @Test
  void aRankTrainsOnTheFirstGpuThatItWasGivenElseOnTheProcessor() {
    assertThat(Device.ofGpuAddresses(List.of())).isEqualTo(Device.CPU);
    assertThat(Device.ofGpuAddresses(List.of("3"))).isEqualTo(Device.parse("cuda:3"));
    assertThat(Device.ofGpuAddresses(List.of("1", "0"))).isEqualTo(Device.parse("cuda:1"));
    assertThatThrownBy(() -> Device.ofGpuAddresses(List.of("GPU-8f2c")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("GPU-8f2c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpu", "cuda", "cuda:", "cuda:-1", "CPU", "meta", ""})
  void othersAreRefused(String name) {
    assertThatThrownBy(() -> Device.parse(name))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("'" + name + "'")
        .hasMessageContaining("cuda:0");
  }

  @Test
  void aGpuWithoutCudaInLibtorchIsRefusedInOneLine() {
    TorchRuntime.init();
    assumeFalse(torch.hasCUDA());
    assertThatThrownBy(() -> Device.parse("cuda:0").require())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Cannot compute on cuda:0: the libtorch in /")
        .hasMessageContaining("CPU build")
        .hasMessageContaining("PYTORCH_LIBRARY_PATH")
        .hasMessageNotContaining("\n");
  }

  @Test
  void whatLiesThereAlreadyIsNotCopied() {
    try (StepScope scope = StepScope.inference()) {
      Tensor tensor = Tensors.zeros(ScalarType.Float, 2);
      assertThat(Device.CPU.put(tensor)).isSameAs(tensor);
    }
  }
}
