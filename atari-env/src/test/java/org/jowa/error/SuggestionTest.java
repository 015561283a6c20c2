package org.jowa.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestionTest {
  private static final List<String> KNOWN = List.of("Pong", "Pooyan", "SpaceInvaders");

  @Test
  void suggestsTheNameWithFewestChanges() {
    assertThat(Suggestion.nearest("Pnog", KNOWN)).contains("Pong");
    assertThat(Suggestion.nearest("spaceinvader", KNOWN)).contains("SpaceInvaders");
    assertThat(Suggestion.didYouMean("Poyan", KNOWN)).isEqualTo("; did you mean Pooyan?");
  }

  @Test
  void suggestsNothingForANameThatResemblesNone() {
    assertThat(Suggestion.nearest("Quake", KNOWN)).isEmpty();
    assertThat(Suggestion.didYouMean("Quake", KNOWN)).isEmpty();
    assertThat(Suggestion.nearest("Pong", List.of())).isEmpty();
  }
}
