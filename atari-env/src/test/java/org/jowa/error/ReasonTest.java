package org.jowa.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class ReasonTest {
  @Test
  void aPathAloneIsNoReason() {
    assertThat(Reason.of(new NoSuchFileException("a.yaml"))).isEqualTo("there is no a.yaml");
    assertThat(Reason.of(new AccessDeniedException("a.yaml")))
        .isEqualTo("no permission for a.yaml");
    assertThat(Reason.of(new IOException("full\nof disk"))).isEqualTo("full");
    assertThat(Reason.behind(new IllegalStateException(new IOException())))
        .isEqualTo("IOException");
  }
}
