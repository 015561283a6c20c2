package org.jowa.model.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jowa.model.settings.WorldConfig.FRAME_TOKENS;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TransitionsTest {
  /** Two frames of which the second differs at place 14, in row 2 and column 2. */
  private static Transitions moved() {
    int[] tokens = IntStream.range(0, 2 * FRAME_TOKENS).map(i -> i % FRAME_TOKENS).toArray();
    tokens[FRAME_TOKENS + 14] = 99;
    Transitions transitions = Transitions.of(2);
    transitions.put(0, 3, tokens, FRAME_TOKENS, 0);
    transitions.put(1, 7, tokens, FRAME_TOKENS, -1);
    return transitions;
  }

  @Test
  void aTokenMovesThePlacesAroundIt() {
    Transitions transitions = moved();
    assertThat(IntStream.range(0, FRAME_TOKENS).filter(at -> transitions.movesAround(0, at)))
        .containsExactly(7, 8, 9, 13, 14, 15, 19, 20, 21);
  }

  @Test
  void withoutAFrameBeforeAllMayMove() {
    Transitions transitions = moved();
    assertThat(IntStream.range(0, FRAME_TOKENS)).allMatch(at -> transitions.movesAround(1, at));
  }

  @Test
  void someAreAsTheyAreAmongAll() {
    Transitions transitions = moved();
    transitions.actions()[1] = 5;
    Transitions some = transitions.of(new int[] {1, 0});
    assertThat(some.games()).containsExactly(7, 3);
    assertThat(some.actions()).containsExactly(5, 0);
    assertThat(some.actionsBefore()).containsExactly(transitions.actionsBefore());
    assertThat(some.movesAround(1, 0)).isFalse();
    assertThat(some.before()).startsWith(Transitions.ABSENT, Transitions.ABSENT);
    assertThat(some.frames()[FRAME_TOKENS + 14]).isEqualTo(99);
  }
}
