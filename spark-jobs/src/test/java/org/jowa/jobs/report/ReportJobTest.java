package org.jowa.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.ingest.Ingest;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.error.InvalidInputException;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportJobTest {
  private static final Path LOGS =
      Path.of(System.getProperty("jowa.project"), "integration-tests/golden/data/original");
  private static final Configuration HADOOP = new Configuration();

  @TempDir private static Path folder;
  private static Manifest manifest;

  @BeforeAll
  static void makeDataset() {
    TorchRuntime.init();
    TorchRuntime.setThreads(1);
    IngestOptions options =
        IngestOptions.everything(LOGS.toString(), 0.2, 0).withGames(List.of("Breakout"));
    manifest = Ingest.of(data(), options, HADOOP).run(1);
  }

  @Test
  void dataAndReconstructionsAreFoundThroughTheRun() throws IOException {
    Path run = run("whole", "run:\n  data: " + data() + "\n");
    tokenizer(run);

    new ReportJob(run.toString(), Optional.empty()).write(HADOOP);

    String page = Files.readString(run.resolve("report.html"));
    assertThat(page)
        .doesNotContain("No data set")
        .doesNotContain("No reconstructions")
        .contains("held out, as recorded")
        .contains("held out, decoded");
    assertThat(
            new ObjectMapper()
                .readTree(run.resolve("report.json").toFile())
                .at("/dataset/games/0/steps")
                .longValue())
        .isEqualTo(manifest.steps());
  }

  @Test
  void anotherTokenizerIsFoundByName() throws IOException {
    Path lender = run("lender", "run:\n  data: " + data() + "\n");
    Checkpoint lent = tokenizer(lender);
    Path run =
        run("borrower", "run:\n  data: " + data() + "\n  tokenizer: " + lent.location() + "\n");

    new ReportJob(run.toString(), Optional.empty()).write(HADOOP);

    assertThat(Files.readString(run.resolve("report.html"))).contains("held out, decoded");
  }

  @Test
  void aRunThatNamesNoDataSaysHowToGiveIt() throws IOException {
    Path run = run("nameless", "seed: 0\n");

    new ReportJob(run.toString(), Optional.empty()).write(HADOOP);
    assertThat(Files.readString(run.resolve("report.md")))
        .contains("No data set: the run does not name its data set: give it with --data.");

    new ReportJob(run.toString(), Optional.of(data())).write(HADOOP);
    assertThat(Files.readString(run.resolve("report.md")))
        .doesNotContain("No data set")
        .contains("No reconstructions: the run has no tokenizer checkpoint.");
  }

  @Test
  void dataOfAnotherRunAreNotTakenForItsOwn() throws IOException {
    Path run = run("other", "run:\n  inputs:\n    dataset: 1234abcd\n  data: " + data() + "\n");

    new ReportJob(run.toString(), Optional.empty()).write(HADOOP);

    assertThat(Files.readString(run.resolve("report.md")))
        .contains("is not what the run was trained on: its content is " + manifest.contentHash());
  }

  @Test
  void dataThatAreGoneAreSaidToBeMissing() throws IOException {
    Path run = run("gone", "run:\n  data: " + folder.resolve("gone-data") + "\n");

    new ReportJob(run.toString(), Optional.empty()).write(HADOOP);

    assertThat(Files.readString(run.resolve("report.md")))
        .contains("- No data set: ")
        .contains("gone-data");
  }

  @Test
  void dataThatTheUserNamesHaveToBeThere() throws IOException {
    Path run = run("elsewhere", "run:\n  data: " + data() + "\n");
    ReportJob job =
        new ReportJob(run.toString(), Optional.of(folder.resolve("nowhere").toString()));

    assertThatThrownBy(() -> job.write(HADOOP))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("There is no data set in")
        .hasMessageContaining("nowhere");
    assertThat(run.resolve("report.html")).doesNotExist();
  }

  @Test
  void framesAreSpreadOverTheGameAndTheSameEachTime() throws IOException {
    Checkpoint tokenizer = tokenizer(run("again", "seed: 0\n"));
    Dataset dataset = Dataset.open(data(), HADOOP);

    List<Reconstruction> frames =
        new TokenizerReconstructions(dataset, tokenizer).reconstructions();

    assertThat(frames).hasSize(4).allMatch(frame -> frame.game().equals("Breakout"));
    assertThat(frames).allMatch(frame -> frame.meanDifference() > 0);
    List<Reconstruction> again = new TokenizerReconstructions(dataset, tokenizer).reconstructions();
    for (int i = 0; i < frames.size(); i++) {
      assertThat(again.get(i).original()).isEqualTo(frames.get(i).original());
      assertThat(again.get(i).decoded()).isEqualTo(frames.get(i).decoded());
    }
  }

  private static String data() {
    return folder.resolve("data").toString();
  }

  private static Path run(String name, String config) throws IOException {
    Path run = Files.createDirectories(folder.resolve(name));
    Files.writeString(run.resolve("config.yaml"), config);
    return run;
  }

  private static Checkpoint tokenizer(Path run) {
    String checkpoints = run.resolve("tokenizer/checkpoints").toString();
    try (Tokenizer tokenizer = Tokenizer.create(new TokenizerConfig(4, 8, 8, 16), 1)) {
      return CheckpointStore.open(checkpoints, HADOOP)
          .write(
              CheckpointState.of("tokenizer", 5, 0, 1, 1, Map.of(), Map.of(), Map.of(), Map.of()),
              Map.of(
                  Checkpoint.MODEL,
                  out -> Safetensors.write(out, tokenizer.parameters().tensors(), Map.of())));
    }
  }
}
