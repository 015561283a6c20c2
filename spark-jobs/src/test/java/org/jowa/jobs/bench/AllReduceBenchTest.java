package org.jowa.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.Test;

class AllReduceBenchTest {
  @Test
  void measuresTheRingBesidePlainSockets() throws JsonProcessingException {
    TorchRuntime.init();
    JsonNode line = new ObjectMapper().readTree(AllReduceBench.run(1).json());
    assertThat(line.get("bench").asText()).isEqualTo("allreduce");
    assertThat(line.get("mb_per_s").asDouble()).isPositive();
    assertThat(line.get("socket_mb_per_s").asDouble()).isPositive();
    assertThat(line.get("fraction_of_socket").asDouble()).isPositive();
  }
}
