package org.jowa.jobs.play;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServeAddressTest {
  private static final Optional<String> NO_TOKEN = Optional.empty();

  @Test
  void aPortAHostOrBoth() {
    assertThat(ServeAddress.parse("9000", NO_TOKEN))
        .isEqualTo(new ServeAddress("127.0.0.1", 9000, Optional.empty()));
    assertThat(ServeAddress.parse("localhost", NO_TOKEN).port()).isEqualTo(8765);
    assertThat(ServeAddress.parse("127.0.0.1:0", NO_TOKEN).port()).isZero();
    assertThat(ServeAddress.parse(ServeAddress.DEFAULT, NO_TOKEN).host()).isEqualTo("127.0.0.1");
  }

  @Test
  void addressesOfOthersNeedAToken() {
    assertThatThrownBy(() -> ServeAddress.parse("0.0.0.0:8765", NO_TOKEN))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--token");
    assertThat(ServeAddress.parse("0.0.0.0:8765", Optional.of("abcdefgh")).token())
        .contains("abcdefgh");
    assertThatThrownBy(() -> ServeAddress.parse("0.0.0.0:8765", Optional.of("short")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("8 or more");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:port", "127.0.0.1:99999", ":8000", "70000"})
  void whatIsNoAddressIsNamed(String text) {
    assertThatThrownBy(() -> ServeAddress.parse(text, NO_TOKEN))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--serve")
        .hasMessageContaining(text);
  }
}
