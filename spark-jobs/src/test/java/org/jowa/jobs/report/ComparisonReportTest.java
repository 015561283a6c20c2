package org.jowa.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonReportTest {
  private static final List<String> GAMES = List.of("Pong", "Breakout", "Assault");
  private static final int WHOLE = 108_000;

  @TempDir private static Path folder;

  @BeforeAll
  static void makeRuns() throws IOException {
    made("a1").evaluation("beam", "beam", WHOLE, GAMES, 1);
    made("a2").evaluation("beam", "beam", WHOLE, GAMES, 2);
    made("b").evaluation("beam", "beam", WHOLE, List.of("Breakout", "Assault", "Qbert"), 3);
    made("cut").evaluation("beam", "beam", 500, GAMES, 4);
  }

  @Test
  void runsOfOneLabelAreTakenTogetherAndComparedOverCommonGames() throws IOException {
    String headline =
        compare("out", "small=" + folder.resolve("a1"), "small=" + folder.resolve("a2"), run("b"));

    JsonNode report = new ObjectMapper().readTree(folder.resolve("out/report.json").toFile());
    assertThat(report.get("games"))
        .extracting(JsonNode::asText)
        .containsExactly("Breakout", "Assault");
    JsonNode small = report.get("groups").get(0);
    assertThat(small.get("label").asText()).isEqualTo("small");
    assertThat(small.get("runs")).hasSize(2);
    assertThat(small.at("/scores/Breakout/rawReturns")).hasSize(16);
    assertThat(small.at("/overEpisodes/iqm_of_episodes/low").isNumber()).isTrue();
    assertThat(small.at("/overRuns/mean/low").isNumber()).isTrue();
    assertThat(report.at("/groups/1/overRuns/mean/low").isNull()).isTrue();
    double better = report.at("/improvement/0/overEpisodes/value").asDouble();
    assertThat(better).isBetween(0.0, 1.0);
    assertThat(headline).contains("small: IQM of all episodes", "with probability");
    assertThat(Files.readString(folder.resolve("out/report.html")))
        .contains("<html", "Probability of improvement", "Performance profile", "scores.csv");
    assertThat(Files.readString(folder.resolve("out/report.md"))).contains("| small | episodes |");
    // Three runs, three games each, eight episodes of the agent and of the random player.
    assertThat(Files.readAllLines(folder.resolve("out/scores.csv"))).hasSize(1 + 3 * 3 * 2 * 8);
  }

  @Test
  void differentSizesAreDrawnBesideThePublishedOnes() throws IOException {
    made("c1").evaluation("beam", "beam", WHOLE, List.of("Assault"), 1);
    made("c2").evaluation("beam", "beam", WHOLE, List.of("Assault"), 2);
    compare("sizes", "2M=" + run("c2"), "1M=" + run("c1"));
    assertThat(Files.readString(folder.resolve("sizes/report.html")))
        .contains("Score over size", "JOWA, published", "JOWA 150M");
    // One size, twice, is no scaling.
    compare("one size", "a=" + run("c1"), "b=" + run("c1"));
    assertThat(Files.readString(folder.resolve("one size/report.html")))
        .doesNotContain("Score over size");
  }

  @Test
  void equalFoldersGiveEqualBytes() throws IOException {
    compare("once", run("a1"), run("b"));
    compare("twice", run("a1"), run("b"));
    for (String file : List.of("report.html", "report.md", "report.json", "scores.csv")) {
      assertThat(folder.resolve("once").resolve(file))
          .hasSameBinaryContentAs(folder.resolve("twice").resolve(file));
    }
  }

  @Test
  void evaluationsOfOtherRulesAreNotCompared() {
    assertThatThrownBy(() -> compare("none", run("a1"), run("cut")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("500")
        .hasMessageContaining("cut")
        .hasMessageContaining("same rules");
  }

  @Test
  void aRunWithoutTheEvaluationIsNamed() {
    assertThatThrownBy(
            () ->
                new ComparisonJob(
                        List.of(run("a1"), run("b")),
                        Optional.of("mcts"),
                        folder.resolve("none").toString())
                    .write(new Configuration()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("No finished evaluation named mcts in")
        .hasMessageContaining("there are beam");
  }

  @Test
  void aRunCountsOnce() {
    assertThatThrownBy(() -> compare("doubled", run("a1"), run("b"), run("a1")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Evaluation beam of " + run("a1") + " is given twice");
  }

  private static String compare(String out, String... runs) {
    return new ComparisonJob(List.of(runs), Optional.empty(), folder.resolve(out).toString())
        .write(new Configuration());
  }

  private static RunFixture made(String name) throws IOException {
    return RunFixture.in(folder.resolve(name)).config();
  }

  private static String run(String name) {
    return folder.resolve(name).toString();
  }
}
