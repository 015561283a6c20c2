package org.jowa.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Pattern;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.scores.PublishedJowa;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static final ReconstructionSource NONE =
      () -> {
        throw new InvalidInputException("no tokenizer checkpoint");
      };

  private static final DatasetSource NO_DATA =
      () -> {
        throw new InvalidInputException("the run names none");
      };

  /** Kept after the tests, so that a person can look at a page. */
  private static final Path PAGES =
      Path.of(System.getProperty("jowa.project"), "spark-jobs/target/report-pages");

  @Test
  void aWholeRunMissesNothingAndOpensOffline() throws IOException {
    Path run = RunFixture.quickstart(PAGES.resolve("quickstart"));

    String headline =
        Report.write(Storage.at(run.toString()), RunFixture::dataset, RunFixture::reconstructions);

    String page = Files.readString(run.resolve("report.html"));
    assertThat(headline).contains("24,000 recorded steps of Breakout and Pong");
    assertThat(page).doesNotContain("Not in this run").doesNotContain("class=\"absent\"");
    // No address but data: addresses and fragments of the page itself.
    assertThat(Pattern.compile("(?:src|href|srcset)=\"(?!data:|#)").matcher(page).find()).isFalse();
    assertThat(page).doesNotContain("http").doesNotContain("@import").doesNotContain("<script");
    assertThat(Files.list(run).map(file -> file.getFileName().toString()))
        .contains("report.html", "report.json", "report.md")
        .noneMatch(name -> name.endsWith(".crc"));
  }

  @Test
  void manyGamesAreHeadlinedByAggregatesAndWholeEpisodesByNoWarning() throws IOException {
    List<String> games = Games.all().stream().map(Game::name).filter(PublishedJowa::knows).toList();
    Path run =
        RunFixture.in(PAGES.resolve("many-games"))
            .config()
            .metrics(600, 400, 400)
            .evaluation("beam", "beam", 108_000, games, 3)
            .folder();

    Report.write(Storage.at(run.toString()), NO_DATA, NONE);

    String page = Files.readString(run.resolve("report.html"));
    assertThat(page)
        .contains("IQM of game means, human-normalised")
        .contains("IQM over all runs (rliable)")
        .doesNotContain("were cut")
        .contains("No data set: the run names none.")
        .contains("No reconstructions: no tokenizer checkpoint.");
  }

  @Test
  void equalFoldersGiveEqualBytes(@TempDir Path folder) throws IOException {
    Path first = RunFixture.quickstart(folder.resolve("a/run"));
    Path second = RunFixture.quickstart(folder.resolve("b/run"));
    for (Path run : List.of(first, second)) {
      Report.write(Storage.at(run.toString()), RunFixture::dataset, RunFixture::reconstructions);
    }
    // A report of a folder that has one already is the same, too.
    Report.write(Storage.at(second.toString()), RunFixture::dataset, RunFixture::reconstructions);

    for (String file : List.of("report.html", "report.json", "report.md")) {
      assertThat(Files.mismatch(first.resolve(file), second.resolve(file))).as(file).isEqualTo(-1);
    }
  }

  @Test
  void aStageThatLearnedNothingIsSeenAtTheTopAndInATable(@TempDir Path folder) throws IOException {
    Path run = RunFixture.quickstart(folder);

    Report.write(Storage.at(run.toString()), RunFixture::dataset, NONE);

    String page = Files.readString(run.resolve("report.html"));
    assertThat(page)
        .contains("<h2>What it has learned</h2>")
        .contains("small things found again")
        .contains("at least 0.9");
    assertThat(page.indexOf("Diagnosis: the tokenizer fails first"))
        .isPositive()
        .isLessThan(page.indexOf("<h2>Scores</h2>"));
    assertThat(Files.readString(run.resolve("report.md")))
        .contains("> Diagnosis: the tokenizer fails first")
        .contains("**tokenizer, Pong**");
    JsonNode json = new ObjectMapper().readTree(run.resolve("report.json").toFile());
    assertThat(json.at("/diagnosis/first_failing").asText()).isEqualTo("tokenizer");
    assertThat(json.at("/diagnosis/stages/0/figures/0/passes").asBoolean(true)).isFalse();
  }

  @Test
  void aRunThatWasNotDiagnosedAndADamagedDiagnosisAreSaid(@TempDir Path folder) throws IOException {
    RunFixture.in(folder).config();
    Report.write(Storage.at(folder.toString()), NO_DATA, NONE);
    assertThat(Files.readString(folder.resolve("report.md"))).contains("bin/jowa diagnose RUN");
    Files.writeString(folder.resolve("diagnosis.json"), "{\"format\": 1,");
    Report.write(Storage.at(folder.toString()), NO_DATA, NONE);
    assertThat(Files.readString(folder.resolve("report.md"))).contains("diagnosis.json");
  }

  @Test
  void cutEpisodesAreComparedWithRandomUnderTheSameCut(@TempDir Path folder) throws IOException {
    Path run = RunFixture.quickstart(folder);

    Report.write(Storage.at(run.toString()), RunFixture::dataset, NONE);

    assertThat(Files.readString(run.resolve("report.html")))
        .contains("Episodes were cut at 1,000 steps.")
        .contains("Random, same rules")
        .contains("(episodes here were cut short)");
    JsonNode json = new ObjectMapper().readTree(run.resolve("report.json").toFile());
    JsonNode pong = json.at("/evaluations/0/games/0");
    assertThat(pong.at("/agent/truncated").intValue()).isEqualTo(8);
    assertThat(pong.at("/random/episodes").intValue()).isEqualTo(8);
  }

  @Test
  void clippedSumsNeverStandBesideRawScores(@TempDir Path folder) throws IOException {
    Path run = RunFixture.quickstart(folder);
    Report.write(
        Storage.at(run.toString()), () -> RunFixture.datasetWithoutReturns("public logs"), NONE);

    assertThat(Files.readString(run.resolve("report.md")))
        .contains(
            "| Pong | 10 | 1 | not recorded | – | none | 0 | log without notes on its player (1"
                + " run)");
    assertThat(Files.readString(run.resolve("report.html")))
        .doesNotContain("training data, whole episodes");
  }

  @Test
  void whatIsMissingIsNamedWithItsCommand(@TempDir Path folder) throws IOException {
    RunFixture.in(folder).config();
    Files.createDirectories(folder.resolve("evaluation/half"));

    Report.write(Storage.at(folder.toString()), NO_DATA, NONE);

    assertThat(Files.readString(folder.resolve("report.md")))
        .contains("bin/jowa train-tokenizer --data")
        .contains("bin/jowa pretrain --data")
        .contains("bin/jowa evaluate --run")
        .contains(
            "Evaluation 'half': No evaluation/half/summary.json: the evaluation did not end;"
                + " the command that began it goes on with it");
    assertThat(Files.readString(folder.resolve("report.html"))).contains("Not evaluated yet.");
  }

  @Test
  void aHalfWrittenMetricsLineIsLeftOutAndSaid(@TempDir Path folder) throws IOException {
    Path run = RunFixture.quickstart(folder);
    Files.writeString(
        run.resolve("metrics.jsonl"),
        "{\"stage\":\"stage2\",\"step\":810,\"obser",
        StandardOpenOption.APPEND);

    Report.write(Storage.at(run.toString()), NO_DATA, NONE);

    assertThat(Files.readString(run.resolve("report.html")))
        .contains("metrics.jsonl: 1 line unreadable and left out, the first is line 141");
  }

  @Test
  void aTokenizerThatLearnedWithTheModelHasItsCurves(@TempDir Path folder) throws IOException {
    RunFixture.in(folder).config();
    Files.writeString(
        folder.resolve("metrics.jsonl"),
        """
        {"stage":"stage1","step":10,"observation":2.5,"tokenizerReconstruction":0.25}
        {"stage":"stage1","step":20,"observation":2.0,"tokenizerReconstruction":0.125}
        """);

    Report.write(Storage.at(folder.toString()), NO_DATA, NONE);

    assertThat(Files.readString(folder.resolve("report.html")))
        .contains("Reconstruction (mean absolute error): training from 0.25 at step 10 to 0.125")
        .doesNotContain("train-tokenizer --data");
    JsonNode json = new ObjectMapper().readTree(folder.resolve("report.json").toFile());
    assertThat(json.at("/learning/world/tokenizerReconstruction/last").doubleValue())
        .isEqualTo(0.125);
  }

  @Test
  void aDictionaryOfPatchesHasFiguresInsteadOfCurves(@TempDir Path folder) throws IOException {
    RunFixture.in(folder).config();
    Files.writeString(
        folder.resolve("metrics.jsonl"),
        """
        {"stage":"tokenizer","step":1,"heldOut":{"reconstruction":0.5,"smallObjectRecall":0.75},\
        "games":{"Freeway":{"reconstruction":0.25},\
        "Pong":{"reconstruction":0.75,"smallObjectRecall":0.75}}}
        """);

    Report.write(Storage.at(folder.toString()), NO_DATA, NONE);

    assertThat(Files.readString(folder.resolve("report.html")))
        .contains("<th scope=\"row\">Freeway</th><td>–</td><td>0.25</td>")
        .contains("<th scope=\"row\">Pong</th><td>75%</td><td>0.75</td>")
        .doesNotContain("Reconstruction (mean absolute error)");
  }

  @Test
  void aDamagedSummaryDoesNotHideTheOtherEvaluation(@TempDir Path folder) throws IOException {
    Path run = RunFixture.quickstart(folder);
    Files.writeString(run.resolve("evaluation/none/summary.json"), "{\"format\": 1, \"na");

    Report.write(Storage.at(run.toString()), NO_DATA, NONE);

    assertThat(Files.readString(run.resolve("report.html")))
        .contains("Cannot read evaluation summary evaluation/none/summary.json")
        .contains("Evaluation “beam”");
  }

  @Test
  void whatIsNoRunFolderIsRefused(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "x");

    assertThatThrownBy(() -> Report.write(Storage.at(folder + "/none"), NO_DATA, NONE))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("No run folder at " + folder + "/none");
    assertThatThrownBy(() -> Report.write(Storage.at(file.toString()), NO_DATA, NONE))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("is a file");
    assertThatThrownBy(() -> Report.write(Storage.at(folder.toString()), NO_DATA, NONE))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("is not a run folder");
    assertThat(folder.resolve("report.html")).doesNotExist();
  }

  @Test
  void textFromOutsideIsEscaped(@TempDir Path folder) throws IOException {
    Path run = RunFixture.quickstart(folder.resolve("<b>run"));
    Files.writeString(run.resolve("config.yaml"), "a: <script>alert('x')</script>\n");
    Report.write(
        Storage.at(run.toString()),
        () -> RunFixture.datasetWithoutReturns("\"<img src=x>\" | y"),
        NONE);

    String page = Files.readString(run.resolve("report.html"));
    assertThat(page)
        .doesNotContain("<script")
        .doesNotContain("<img src=x>")
        .doesNotContain("<b>run")
        .contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
    assertThat(Files.readString(run.resolve("report.md"))).contains("\"&lt;img src=x>\"");
  }
}
