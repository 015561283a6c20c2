package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.jowa.error.StoreException;
import org.jowa.model.checkpoint.ObjectStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsLogTest {
  private static final Set<String> WORLD = Set.of("stage1", "stage2");

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("metrics.jsonl");
  }

  private static ObjectNode line(String stage, long step) {
    return MetricsLog.JSON.createObjectNode().put("stage", stage).put("step", step);
  }

  @Test
  void linesAreInTheFileAtOnce() throws IOException {
    try (MetricsLog log = MetricsLog.open(file().toString(), new Configuration(false), WORLD, -1)) {
      log.add(line("stage1", 10));
      assertThat(file()).hasContent("{\"stage\":\"stage1\",\"step\":10}");
    }
  }

  @Test
  void aNewRunDropsItsOwnOldLinesOnly() throws IOException {
    Files.writeString(
        file(),
        "{\"stage\":\"tokenizer\",\"step\":5}\n"
            + "{\"stage\":\"stage1\",\"step\":0}\n"
            + "{\"stage\":\"stage2\",\"step\":9}\n");
    MetricsLog.open(file().toString(), new Configuration(false), WORLD, -1).close();
    assertThat(file()).hasContent("{\"stage\":\"tokenizer\",\"step\":5}");
  }

  @Test
  void aKillBetweenTheTwoFilesOfARewriteLosesNothing() throws IOException {
    Files.writeString(folder.resolve("metrics.jsonl.next"), "{\"stage\":\"stage1\",\"step\":3}\n");
    try (MetricsLog log = MetricsLog.open(file().toString(), new Configuration(false), WORLD, 3)) {
      log.add(line("stage1", 4));
    }
    assertThat(Files.readAllLines(file())).hasSize(2);
  }

  @Test
  void whereNothingCanBeAppendedTheFileIsWholeAfterEachFlush() throws IOException {
    Configuration configuration = new Configuration(false);
    ObjectStore.addTo(configuration);
    String uri = "store://" + file();
    try (MetricsLog log = MetricsLog.open(uri, configuration, WORLD, -1)) {
      log.add(line("stage1", 1));
      log.add(line("stage1", 2));
      log.saving().run();
      assertThat(Files.readAllLines(file())).hasSize(2);
      log.add(line("stage1", 3));
    }
    assertThat(Files.readAllLines(file())).hasSize(3);
    MetricsLog.open(uri, configuration, WORLD, 2).close();
    assertThat(Files.readAllLines(file())).hasSize(2);
  }

  @Test
  void aPlaceThatCannotBeWrittenIsNamed() throws IOException {
    Path notAFolder = Files.writeString(folder.resolve("file"), "x");
    assertThatThrownBy(
            () ->
                MetricsLog.open(
                    notAFolder.resolve("metrics.jsonl").toString(),
                    new Configuration(false),
                    WORLD,
                    -1))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("file/metrics.jsonl");
  }
}
