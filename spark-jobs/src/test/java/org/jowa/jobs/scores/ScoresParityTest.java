package org.jowa.jobs.scores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jowa.error.InvalidInputException;
import org.jowa.model.parity.ParityResult;
import org.jowa.model.parity.ParityResult.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoresParityTest {
  private static final Path GOLDEN =
      Path.of(System.getProperty("jowa.project"), "integration-tests/golden");

  @Test
  void everyPublishedNumberIsReproduced() {
    List<ParityResult> results = ScoresParity.run(GOLDEN);

    assertThat(results).hasSize(13 * 2 * 4 + 3 * 2);
    assertThat(results).allMatch(result -> result.status() == Status.PASS);
  }

  @Test
  void aChangedNumberFails(@TempDir Path folder) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode scores = (ObjectNode) mapper.readTree(GOLDEN.resolve("scores.json").toFile());
    ((ObjectNode) scores.get("table").get("EDT_200M").get("HNS")).put("IQM NS", 0.5012);
    ((ObjectNode) scores.get("table").get("EDT_200M").get("DNS")).put("Superhuman", 4);
    mapper.writeValue(folder.resolve("scores.json").toFile(), scores);

    assertThat(ScoresParity.run(folder))
        .filteredOn(result -> result.status() == Status.FAIL)
        .extracting(ParityResult::caseName, ParityResult::quantity)
        .containsExactly(
            tuple("scores EDT_200M", "HNS IQM of game means"),
            tuple("scores EDT_200M", "DNS superhuman"));
  }

  @Test
  void aFolderWithoutScoresIsNamed(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> ScoresParity.run(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(folder.toString());

    Files.writeString(folder.resolve("scores.json"), "{\"raw\": ");
    assertThatThrownBy(() -> ScoresParity.run(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("scores.json");
  }
}
