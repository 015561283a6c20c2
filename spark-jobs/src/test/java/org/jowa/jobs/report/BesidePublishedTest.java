package org.jowa.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jowa.jobs.scores.PublishedJowa;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BesidePublishedTest {
  private static JsonNode golden;
  private static final List<String> GAMES = new ArrayList<>();

  @BeforeAll
  static void read() throws IOException {
    Path file = Path.of(System.getProperty("jowa.project"), "integration-tests/golden/scores.json");
    golden = new ObjectMapper().readTree(file.toFile());
    golden.get("raw").get("JOWA_150M_with_planning").fieldNames().forEachRemaining(GAMES::add);
  }

  @Test
  void everyScoreIsThePublishedOne() {
    assertThat(GAMES).hasSize(15).allMatch(PublishedJowa::knows);
    for (PublishedJowa size : PublishedJowa.values()) {
      for (boolean planning : new boolean[] {true, false}) {
        JsonNode published = golden.get("raw").get(column(size, planning));
        for (String game : GAMES) {
          assertThat(size.score(game, planning)).isEqualTo(published.get(game).asDouble());
        }
      }
    }
  }

  @Test
  void theirAggregatesAreThePublishedOnes() {
    for (PublishedJowa size : PublishedJowa.values()) {
      for (boolean planning : new boolean[] {true, false}) {
        double published =
            golden.get("table").get(column(size, planning)).get("HNS").get("IQM NS").asDouble();
        assertThat(BesidePublished.iqm(size, GAMES, planning)).isCloseTo(published, within(1e-9));
      }
    }
    String table = BesidePublished.aggregates(List.of(), GAMES, true).markdown();
    assertThat(table)
        .contains("| JOWA 150M | 0.85 | 0.58 | 1.20 | 6 of 15 |")
        .contains("| JOWA 40M | 0.66 | 0.44 | 0.77 | 5 of 15 |")
        .contains("| Human | 1.00 | 1.00 |");
  }

  @Test
  void gamesThatJowaDidNotPlayStandBesideDqnAndHumanAlone() {
    BesidePublished.Player human = new BesidePublished.Player("ours", game -> 14.6);

    String table = BesidePublished.aggregates(List.of(human), List.of("Pong"), true).markdown();

    assertThat(table).contains("over Pong", "| ours | 1.00 |", "| DQN |").doesNotContain("JOWA");
    assertThat(BesidePublished.headings(List.of("Pong"), true)).isEmpty();
    assertThat(BesidePublished.cells(List.of("Pong", "Assault"), "Pong", true))
        .containsExactly("–", "–", "–");
  }

  private static String column(PublishedJowa size, boolean planning) {
    return size.name() + (planning ? "_with_planning" : "_without_planning");
  }
}
