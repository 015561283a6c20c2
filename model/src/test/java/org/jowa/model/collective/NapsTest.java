package org.jowa.model.collective;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NapsTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void onlyAGapThatNoWaitingExplainsIsTimeAsleep() {
    long start = Long.MAX_VALUE - 3 * SECOND;
    Naps naps = new Naps(start);
    assertThat(naps.since(start + SECOND)).isZero();
    assertThat(naps.since(start + 3 * SECOND)).isZero();
    // The clock overflows meanwhile, as it may.
    assertThat(naps.since(start + 133 * SECOND)).isEqualTo(130 * SECOND);
    assertThat(naps.since(start + 134 * SECOND)).isZero();
  }
}
