package org.jowa.env;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;

class ProtocolTest {
  @Test
  void namesStandForStickyActionsAndLimit() {
    assertThat(Protocol.byName("jowa").stickyActions()).isZero();
    assertThat(Protocol.byName("jowa").maxSteps()).isEqualTo(108_000);
    assertThat(Protocol.byName("machado").stickyActions()).isEqualTo(0.25);
    assertThat(Protocol.byName("machado").maxSteps()).isEqualTo(27_000);
  }

  @Test
  void unknownNameSuggestsTheNearest() {
    assertThatThrownBy(() -> Protocol.byName("machato"))
        .isInstanceOf(UsageException.class)
        .hasMessage("Unknown protocol 'machato': expected jowa or machado; did you mean machado?");
  }
}
