package org.jowa.model.collective;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** The ring with ranks that are threads of this JVM. */
class RingCollectiveTest extends CollectiveConformance {
  private List<Collective> group = List.of();

  @Override
  protected List<Collective> create(int worldSize, Duration timeout) {
    group.forEach(Collective::close);
    group = Rings.create(worldSize, Rings.options(timeout, warning -> {}));
    return group;
  }

  @AfterEach
  void leave() {
    group.forEach(Collective::close);
  }
}
