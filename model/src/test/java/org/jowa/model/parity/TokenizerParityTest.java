package org.jowa.model.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.jowa.model.parity.ParityResult.Status;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Precision;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.Test;

class TokenizerParityTest {
  @Test
  void everyTokenizerAndLpipsVectorOfTheReferenceIsMatched() {
    TorchRuntime.setThreads(1);
    Path golden = Path.of(System.getProperty("jowa.project"), "integration-tests", "golden");
    List<ParityResult> results = TokenizerParity.run(golden);
    assertThat(results).hasSizeGreaterThan(50);
    assertThat(results).filteredOn(result -> result.status() != Status.PASS).isEmpty();
  }

  @Test
  void theTrainingAgreesInBf16() {
    TorchRuntime.setThreads(1);
    Path golden = Path.of(System.getProperty("jowa.project"), "integration-tests", "golden");
    assertThat(TokenizerParity.run(golden, new Compute(Device.CPU, Precision.BF16), 0.02))
        .hasSize(15)
        .allSatisfy(result -> assertThat(result.status()).isEqualTo(ParityResult.Status.PASS));
  }
}
