package org.jowa.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jowa.env.game.Games;
import org.jowa.jobs.config.Config;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointBenchTest {
  @TempDir Path folder;

  @Test
  void everyPartOfACheckpointIsTimedAndNothingIsLeft() throws Exception {
    TorchRuntime.setThreads(1);
    BenchOptions options =
        new BenchOptions(
            "tiny",
            Config.preset("tiny"),
            1,
            1,
            2,
            Games.byName("Breakout"),
            Optional.empty(),
            Optional.empty(),
            0,
            0);
    List<JsonNode> lines = new ArrayList<>();
    for (BenchLine line : new CheckpointBench(options, folder).lines()) {
      lines.add(new ObjectMapper().readTree(line.json()));
    }
    assertThat(lines)
        .extracting(line -> line.path("config").asText().replaceAll(", \\d+ MB$", ""))
        .containsExactly(
            "tiny: training stopped, to compare and copy",
            "tiny: hashed and committed in the background",
            "tiny: plain write and fsync",
            "tiny: loaded, hashes checked");
    assertThat(lines).allMatch(line -> line.path("mb_per_s").asDouble() > 0);
    // The rest of a checkpoint is written after training goes on.
    assertThat(lines.get(0).path("min_ms").asDouble())
        .isLessThan(lines.get(1).path("median_ms").asDouble());
    assertThat(folder).isEmptyDirectory();
  }
}
