package org.jowa.model.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.jowa.model.parity.ParityResult.Status;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FastPath;
import org.jowa.model.torch.Precision;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerParityTest {
  @AfterEach
  void chooseAsUsual() {
    System.clearProperty(FastPath.PROPERTY);
  }

  /** With torch's kernels, and without. */
  @ParameterizedTest
  @ValueSource(strings = {"on", "off"})
  void everyTokenizerAndLpipsVectorOfTheReferenceIsMatched(String fastPaths) {
    System.setProperty(FastPath.PROPERTY, fastPaths);
    TorchRuntime.setThreads(1);
    Path golden = Path.of(System.getProperty("jowa.project"), "integration-tests", "golden");
    List<ParityResult> results = TokenizerParity.run(golden);
    assertThat(results).hasSizeGreaterThan(50);
    assertThat(results).filteredOn(result -> result.status() != Status.PASS).isEmpty();
  }

  /** On a CPU whose bf16 kernels are wrong, trying them ends in doing without. */
  @ParameterizedTest
  @ValueSource(strings = {"auto", "on"})
  void theTrainingAgreesInBf16(String fastPaths) {
    System.setProperty(FastPath.PROPERTY, fastPaths);
    TorchRuntime.setThreads(1);
    Path golden = Path.of(System.getProperty("jowa.project"), "integration-tests", "golden");
    assertThat(TokenizerParity.run(golden, new Compute(Device.CPU, Precision.BF16), 0.02))
        .hasSize(15)
        .allSatisfy(result -> assertThat(result.status()).isEqualTo(ParityResult.Status.PASS));
  }
}
