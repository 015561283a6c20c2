package org.jowa.jobs.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jowa.model.parity.ParityResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataParityTest {
  private static final Path GOLDEN =
      Path.of(System.getProperty("jowa.project"), "integration-tests", "golden");

  @Test
  void theGoldenLogsComeOutAsTheReferenceMadeThem() {
    assertThat(DataParity.run(GOLDEN))
        .hasSize(6)
        .allMatch(result -> result.status() == ParityResult.Status.PASS);
  }

  @Test
  void anotherExpectationFails(@TempDir Path folder) throws IOException {
    for (String name : new String[] {"data", "data_golden.safetensors"}) {
      Files.createSymbolicLink(folder.resolve(name), GOLDEN.resolve(name));
    }
    String text = Files.readString(GOLDEN.resolve("data.json"));
    Files.writeString(
        folder.resolve("data.json"),
        text.replaceFirst("\"global_episode\": 3", "\"global_episode\": 4"));
    assertThat(DataParity.run(folder))
        .filteredOn(result -> result.status() == ParityResult.Status.FAIL)
        .singleElement()
        .extracting(ParityResult::quantity)
        .isEqualTo("episodes drawn");
  }
}
