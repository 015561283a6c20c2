package org.jowa.model.parity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import org.jowa.model.parity.ParityResult.Status;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.Test;

class PlanParityTest {
  private static final Path GOLDEN =
      Path.of(System.getProperty("jowa.project"), "integration-tests", "golden");

  @Test
  void everyGoldenPlanningCasePasses() throws Exception {
    TorchRuntime.setThreads(1);
    List<ParityResult> results = PlanParity.run(GOLDEN);
    assertThat(results).noneMatch(result -> result.status() == Status.FAIL);
    assertThat(results).noneMatch(result -> result.status() == Status.SKIPPED);
    assertThat(passed(results, "kv_cache")).isEqualTo(5);
    assertThat(passed(results, "rollout_tokens")).isEqualTo(3);
    // Training imagines sequences from contexts of all blocks, in two modes.
    assertThat(passed(results, "beam.")).isEqualTo(4 * cases("beam.json") + 2 * wholeContexts());
    assertThat(passed(results, "mcts.")).isEqualTo(4 * cases("mcts.json"));
  }

  private static long passed(List<ParityResult> results, String start) {
    return results.stream()
        .filter(r -> r.caseName().startsWith(start) && r.status() == Status.PASS)
        .count();
  }

  private static long wholeContexts() throws Exception {
    long whole = 0;
    for (JsonNode golden : new ObjectMapper().readTree(GOLDEN.resolve("beam.json").toFile())) {
      boolean plans = golden.get("horizon").asInt() > 0;
      whole += plans && golden.get("context_blocks").asInt() == 8 ? 1 : 0;
    }
    assertThat(whole).isPositive();
    return whole;
  }

  private static int cases(String file) throws Exception {
    return new ObjectMapper().readTree(GOLDEN.resolve(file).toFile()).size();
  }
}
