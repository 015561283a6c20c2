package org.jowa.model.collective;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class InProcessCollectivesTest extends CollectiveConformance {
  @Override
  protected List<Collective> create(int worldSize, Duration timeout) {
    return InProcessCollectives.create(worldSize, timeout);
  }

  @Test
  void anEmptyGroupIsRefused() {
    assertThatThrownBy(() -> InProcessCollectives.create(0, Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found 0");
  }
}
