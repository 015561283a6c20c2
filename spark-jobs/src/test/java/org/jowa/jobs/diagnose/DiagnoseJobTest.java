package org.jowa.jobs.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.ingest.Ingest;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.data.replay.ReplayLogWriter;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.jobs.tokenize.TokenizeJob;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.diagnosis.Stage;
import org.jowa.model.diagnosis.StageFigures;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.train.Trained;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that never learned anything, on made-up play in which a dot moves. */
class DiagnoseJobTest {
  private static final Configuration HADOOP = new Configuration();
  private static final Set<Stage> ALL = EnumSet.allOf(Stage.class);
  private static final int CODES = 16;
  private static final int STEPS = 400;

  @TempDir static Path folder;
  private static SparkJobs jobs;
  private static String data;
  private static String run;

  @BeforeAll
  static void start() throws IOException {
    System.setProperty("spark.master", "local[2]");
    jobs = SparkJobs.start("test", 1);
    TorchRuntime.init();
    data = ingested("data", "Pong", "Breakout");
    run = run("run", 1);
    new TokenizeJob(data, run).run(jobs);
    model(run, "stage2", hash(1), Dataset.open(data).contentHash());
  }

  @AfterAll
  static void stop() {
    jobs.close();
    System.clearProperty("spark.master");
  }

  @Test
  void anUntrainedTokenizerIsNamedFirst() throws IOException {
    Diagnosis diagnosis = new DiagnoseJob(run, Optional.empty(), ALL, List.of()).run(jobs);

    assertThat(diagnosis.passes()).isFalse();
    assertThat(diagnosis.firstFailing()).isEqualTo(Stage.TOKENIZER);
    assertThat(diagnosis.verdict()).startsWith("the tokenizer fails first, in Breakout, Pong (");
    assertThat(diagnosis.stages()).hasSize(2 * Stage.values().length);
    assertThat(diagnosis.stages().stream().map(StageFigures::stage).toList()).isSorted();
    for (StageFigures stage : diagnosis.stages()) {
      assertThat(stage.figures()).as(stage.game()).anyMatch(figure -> figure.value() != null);
    }
    assertThat(Diagnosis.read(Storage.at(run))).contains(diagnosis);
    String text = DiagnosisText.of(diagnosis);
    assertThat(text.lines().filter(line -> line.startsWith("tokenizer"))).hasSize(2);
    assertThat(text.lines().reduce((first, last) -> last))
        .hasValue("diagnosis: " + diagnosis.verdict());
    // The same run and data give the same bytes.
    byte[] before = Files.readAllBytes(Path.of(run, Diagnosis.FILE));
    new DiagnoseJob(run, Optional.empty(), ALL, List.of()).run(jobs);
    assertThat(Files.readAllBytes(Path.of(run, Diagnosis.FILE))).isEqualTo(before);
  }

  @Test
  void gatesOfTheCommandLineCount() {
    Diagnosis diagnosis =
        new DiagnoseJob(
                run,
                Optional.of(data),
                EnumSet.of(Stage.REWARDS),
                List.of("diagnose.rewards.recall=0", "diagnose.sequences=16"))
            .run(jobs);
    assertThat(diagnosis.passes()).isTrue();
    assertThat(diagnosis.verdict()).isEqualTo("every gate is passed");
    assertThat(diagnosis.stages()).extracting(StageFigures::stage).containsOnly(Stage.REWARDS);
  }

  @Test
  void aTokenizerAloneNeedsNoModel() throws IOException {
    String alone = run("alone", 1);
    assertThatThrownBy(() -> diagnose(alone, ALL))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("No world-action model in " + alone)
        .hasMessageContaining("--stages tokenizer");
    assertThat(diagnose(alone, EnumSet.of(Stage.TOKENIZER)).firstFailing())
        .isEqualTo(Stage.TOKENIZER);
  }

  @Test
  void whatDoesNotFitIsSaidInOneLine() throws IOException {
    String nowhere = folder.resolve("nowhere").toString();
    assertThatThrownBy(() -> diagnose(nowhere, ALL)).hasMessageContaining("No run in " + nowhere);
    String blank = folder.resolve("blank").toString();
    record(blank);
    assertThatThrownBy(() -> diagnose(blank, ALL)).hasMessageContaining("No tokenizer in " + blank);
    String other = run("other", 2);
    model(other, "stage2", hash(1), Dataset.open(data).contentHash());
    assertThatThrownBy(() -> diagnose(other, ALL))
        .hasMessageContaining("was trained with tokenizer " + hash(1));
    String untokenized = run("untokenized", 2);
    model(untokenized, "stage2", hash(2), Dataset.open(data).contentHash());
    assertThatThrownBy(() -> diagnose(untokenized, ALL))
        .hasMessageContaining("has no tokens of tokenizer " + hash(2) + " (only of [" + hash(1));
    String elsewhere = run("elsewhere", 1);
    model(elsewhere, "stage2", hash(1), "1234");
    assertThatThrownBy(() -> diagnose(elsewhere, ALL))
        .hasMessageContaining("is not what " + elsewhere + " was trained on");
  }

  @Test
  void gamesWithoutHeldOutEpisodesAreNamedAndTheOthersLookedAt() throws IOException {
    IngestOptions none =
        IngestOptions.everything(folder.resolve("logs-data").toString(), 0, 0).withLanes(2);
    String closed = folder.resolve("closed").toString();
    Ingest.of(closed, none, HADOOP).run(1);
    assertThatThrownBy(
            () ->
                new DiagnoseJob(run, Optional.of(closed), EnumSet.of(Stage.TOKENIZER), List.of())
                    .run(jobs))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("has no held-out episodes");
  }

  @Test
  void aModelOfStage1HasNoQFunctionYet() throws IOException {
    String early = run("early", 1);
    model(early, "stage1", hash(1), Dataset.open(data).contentHash());
    Diagnosis diagnosis = diagnose(early, ALL);
    assertThat(diagnosis.stages().stream().map(StageFigures::stage).collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(Stage.TOKENIZER, Stage.WORLD, Stage.REWARDS);
    assertThat(diagnosis.notes()).singleElement().asString().contains("not trained yet");
  }

  private static Diagnosis diagnose(String of, Set<Stage> stages) {
    return new DiagnoseJob(of, Optional.empty(), stages, List.of("diagnose.sequences=16"))
        .run(jobs);
  }

  /** A dot wanders over a gray court; every 20th step has a reward, every 50th is an end. */
  private static String ingested(String name, String... games) {
    Storage logs = Storage.at(folder.resolve("logs-" + name).toString());
    for (String game : games) {
      try (ReplayLogWriter writer =
          ReplayLogWriter.create(
              logs, Games.byName(game), 1, "dice", 0, 0.25, "ab".repeat(16), STEPS)) {
        byte[] frame = new byte[84 * 84];
        for (int step = 0; step < STEPS; step++) {
          Arrays.fill(frame, (byte) 87);
          frame[84 * (step * 5 % 80) + step * 7 % 80] = (byte) 236;
          float reward = step % 20 == 19 ? step % 3 - 1 : 0;
          writer.append(frame, step / 3 % 4, reward, reward, step % 50 == 49);
        }
        writer.finish();
      }
    }
    String out = folder.resolve(name).toString();
    IngestOptions options =
        IngestOptions.everything(folder.resolve("logs-" + name).toString(), 0.25, 0).withLanes(2);
    Ingest.of(out, options, HADOOP).run(1);
    return out;
  }

  private static Config config() {
    return Config.preset("tiny")
        .with(
            List.of(
                "world.layers=1",
                "world.width=16",
                "world.heads=2",
                "world.q-width=8",
                "diagnose.frames=24",
                "diagnose.sequences=64"));
  }

  private static String run(String name, long seed) throws IOException {
    String made = folder.resolve(name).toString();
    record(made);
    try (Tokenizer tokenizer = tokenizer(seed)) {
      write(made + "/tokenizer/checkpoints", "tokenizer", Map.of(), tokenizer.parameters());
    }
    return made;
  }

  private static void record(String name) {
    RunFolder.at(name, HADOOP).record(config(), Trained.WORLD, Map.of(RunFolder.DATA, data));
  }

  private static void model(String of, String stage, String tokenizer, String dataset) {
    try (WorldActionModel model =
        WorldActionModel.create(config().settings().world().withCodes(CODES).model(), 1)) {
      write(
          of + "/model/checkpoints",
          stage,
          Map.of("tokenizer", tokenizer, "dataset", dataset),
          model.parameters());
    }
  }

  private static void write(
      String checkpoints, String stage, Map<String, String> inputs, FlatParameters weights) {
    CheckpointStore.open(checkpoints, HADOOP)
        .write(
            CheckpointState.of(stage, 5, 0, 1, 1, Map.of(), inputs, Map.of(), Map.of()),
            Map.of(Checkpoint.MODEL, out -> Safetensors.write(out, weights.tensors(), Map.of())));
  }

  private static String hash(long seed) {
    try (Tokenizer tokenizer = tokenizer(seed)) {
      return tokenizer.hash();
    }
  }

  private static Tokenizer tokenizer(long seed) {
    return Tokenizer.create(new TokenizerConfig(4, 8, 8, CODES), seed);
  }
}
