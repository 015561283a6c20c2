package org.jowa.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class BenchLineTest {
  @Test
  void setsTheOperationAgainstTheMachinesMatrixProduct() throws JsonProcessingException {
    String json =
        BenchLine.of("train-step", "tiny", 2, new Timing(500, 400, 7))
            .against(300, 75, 500)
            .rate("tokens_per_s", 1234.5678)
            .json();

    JsonNode line = new ObjectMapper().readTree(json);
    assertThat(line.get("bench").asText()).isEqualTo("train-step");
    assertThat(line.get("threads").asInt()).isEqualTo(2);
    assertThat(line.get("median_ms").asDouble()).isEqualTo(500);
    assertThat(line.get("min_ms").asDouble()).isEqualTo(400);
    assertThat(line.get("runs").asInt()).isEqualTo(7);
    // 75 gflop in half a second are 150 Gflop/s.
    assertThat(line.get("fraction_of_sgemm").asDouble()).isCloseTo(0.5, within(1e-9));
    assertThat(line.get("tokens_per_s").asDouble()).isEqualTo(1235);
    assertThat(line.get("peak_rss_mib").asInt()).isPositive();
  }

  @Test
  void countsTheRunsThatItIsToldToAndOrdersTheirTimes() {
    int[] calls = new int[1];
    Timing timing = Timing.of(5, () -> calls[0]++);
    assertThat(calls[0]).isGreaterThan(5);
    assertThat(timing.runs()).isEqualTo(5);
    assertThat(timing.minMillis()).isLessThanOrEqualTo(timing.medianMillis());
  }
}
