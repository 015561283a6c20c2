package org.jowa.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.Test;

class PreflightTest {
  private static RankCard card(int rank, Map<String, String> equal, String cpu, long mib) {
    return new RankCard(rank, "host" + rank, 100 + rank, "host" + rank + ":1", equal, cpu, mib);
  }

  private static RankCard card(int rank, String dataHash) {
    return card(rank, Map.of("data set hash", dataHash, "Java version", "17"), "cpu", 10_000);
  }

  @Test
  void equalRanksPass() {
    assertThat(Preflight.check(List.of(card(0, "a"), card(1, "a"), card(2, "a")))).isEmpty();
  }

  @Test
  void rankWithOtherDataIsNamedWithItsHost() {
    assertThatThrownBy(() -> Preflight.check(List.of(card(0, "a"), card(1, "a"), card(2, "b"))))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("rank 2 (host host2, process 102) has data set hash b")
        .hasMessageContaining("rank 0 (host host0, process 100) has a");
  }

  @Test
  void rankThatLacksAFactIsNamed() {
    RankCard lacking = card(1, Map.of("Java version", "17"), "cpu", 10_000);
    assertThatThrownBy(() -> Preflight.check(List.of(card(0, "a"), lacking)))
        .hasMessageContaining("rank 1")
        .hasMessageContaining("data set hash");
  }

  @Test
  void rankWithoutRoomIsNamed() {
    RankCard full = card(1, card(1, "a").equal(), "cpu", 3);
    assertThatThrownBy(() -> Preflight.check(List.of(card(0, "a"), full)))
        .hasMessageContaining("rank 1 (host host1, process 101) has 3 MiB free");
  }

  @Test
  void otherProcessorIsSaidButAllowed() {
    RankCard other = card(1, card(1, "a").equal(), "another cpu", 10_000);
    assertThat(Preflight.check(List.of(card(0, "a"), other)))
        .singleElement()
        .asString()
        .contains("rank 1", "another cpu");
  }

  @Test
  void cardsSurviveTheJourneyAndComeInRankOrder() {
    RankCard here = RankCard.here(3, "h", "h:9", Map.of("data set hash", "a"));
    List<RankCard> parsed = RankCard.parse(new String[] {here.toJson(), card(1, "a").toJson()});
    assertThat(parsed).extracting(RankCard::rank).containsExactly(1, 3);
    assertThat(parsed.get(1)).isEqualTo(here);
    assertThat(here.equal()).containsKeys("application jar", "libtorch version", "data set hash");
    assertThat(here.scratchMib()).isPositive();
  }
}
