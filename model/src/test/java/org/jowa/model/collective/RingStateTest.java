package org.jowa.model.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.jowa.model.collective.ControlMessage.Status;
import org.junit.jupiter.api.Test;

/** Who is to blame, by what a rank knows of the others. */
class RingStateTest {
  private static final Operation FIRST = Operation.barrier(0);
  private static final Operation SECOND = Operation.barrier(1);

  private final RingState state = new RingState(1, 3);

  @Test
  void aRankThatLeavesBeforeAnOperationIsToBlameThoughItDidAllBefore() {
    Status didTheFirst = new Status(0, 0, 0, FIRST.toString(), "step 7");
    state.begin(FIRST);
    state.left(2, didTheFirst);
    assertThat(state.isBroken()).isFalse();
    state.end(FIRST);
    assertThatThrownBy(() -> state.begin(SECOND))
        .isInstanceOfSatisfying(
            CollectiveException.class, e -> assertThat(e.rankAtFault()).isEqualTo(2))
        .hasMessageContaining("left the group while others wait for it")
        .hasMessageContaining("step 7");
  }

  @Test
  void ofTwoThatDisagreeTheHigherRankIsNamedOnBothSides() {
    RingState other = new RingState(2, 3);
    state.begin(FIRST);
    other.begin(FIRST);
    state.disagree(2, "broadcast");
    other.disagree(1, FIRST.toString());
    assertThat(List.of(state, other))
        .allSatisfy(rank -> assertThat(rank.failure().orElseThrow().rank()).isEqualTo(2))
        .allSatisfy(
            rank -> assertThat(rank.failure().orElseThrow().message()).contains("but rank 1 for"));
  }

  @Test
  void theFirstFailureStaysAndIsToldOnce() {
    List<String> told = new ArrayList<>();
    state.onFailure(() -> told.add("broken"));
    state.fail(new GroupFailure(0, "is out of memory"));
    state.fail(new GroupFailure(2, "is lost"));
    assertThat(told).hasSize(1);
    assertThatThrownBy(() -> state.requireWhole("a sum"))
        .hasMessage("Rank 0 is out of memory; rank 1 stops in a sum");
  }

  @Test
  void missingAreThoseThatHaveNotCome() {
    state.begin(FIRST);
    state.received(0, new Status(0, -1, 0, FIRST.toString(), ""));
    assertThat(state.missing(FIRST)).containsExactly(2);
    assertThat(state.missing(SECOND)).containsExactly(0, 1, 2);
  }

  @Test
  void nobodyIsSilentWhoHasLeft() {
    state.left(0, new Status(0, 0, 0, FIRST.toString(), ""));
    assertThat(state.silent(-1)).containsExactly(2);
  }
}
