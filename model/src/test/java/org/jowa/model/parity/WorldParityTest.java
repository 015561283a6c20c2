package org.jowa.model.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FastPath;
import org.jowa.model.torch.Precision;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorldParityTest {
  @AfterEach
  void chooseAsUsual() {
    System.clearProperty(FastPath.PROPERTY);
  }

  @Test
  void everyGoldenCaseOfTheWorldActionModelAgrees() {
    TorchRuntime.setThreads(1);
    Path golden = Path.of(System.getProperty("jowa.project"), "integration-tests", "golden");
    List<ParityResult> results = WorldParity.run(golden);
    assertThat(results)
        .allSatisfy(result -> assertThat(result.status()).isEqualTo(ParityResult.Status.PASS));
    assertThat(results).hasSizeGreaterThan(300);
  }

  /** In fp32 on rounded values, and by torch's bf16 products where they are right. */
  @ParameterizedTest
  @ValueSource(strings = {"auto", "on"})
  void everyTrainingCaseAgreesInBf16(String fastPaths) {
    System.setProperty(FastPath.PROPERTY, fastPaths);
    TorchRuntime.setThreads(1);
    Path golden = Path.of(System.getProperty("jowa.project"), "integration-tests", "golden");
    List<ParityResult> results =
        WorldParity.run(golden, new Compute(Device.CPU, Precision.BF16), 0.02);
    assertThat(results)
        .allSatisfy(result -> assertThat(result.status()).isEqualTo(ParityResult.Status.PASS))
        // Rounding to 8 bits shows.
        .anySatisfy(result -> assertThat(result.worstError()).isGreaterThan(1e-3));
    assertThat(results).hasSizeGreaterThan(200);
  }
}
