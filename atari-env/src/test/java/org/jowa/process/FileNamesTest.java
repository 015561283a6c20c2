package org.jowa.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;

class FileNamesTest {
  @Test
  void umlautIsRefusedWhereFilesAreNamedInAscii() {
    assertThatThrownBy(
            () -> FileNames.requireUsable("/daten/M\u00fcnchen", StandardCharsets.US_ASCII))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("'/daten/M\u00fcnchen'")
        .hasMessageContaining("names files in US-ASCII")
        .hasMessageContaining("LC_ALL=C.UTF-8");
    FileNames.requireUsable("/daten/Muenchen", StandardCharsets.US_ASCII);
    FileNames.requireUsable("/daten/M\u00fcnchen", StandardCharsets.UTF_8);
  }

  @Test
  void whatTheJvmCouldNotReadIsRefusedInAnyCharacterSet() {
    assertThat(FileNames.isUsable("/daten/M\ufffdnchen", StandardCharsets.UTF_8)).isFalse();
  }
}
