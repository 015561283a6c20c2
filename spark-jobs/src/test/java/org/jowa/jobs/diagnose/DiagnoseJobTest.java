package org.jowa.jobs.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.LocalSpark;
import org.jowa.jobs.SmallRun;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.jobs.tokenize.TokenizeJob;
import org.jowa.model.diagnosis.Stage;
import org.jowa.model.diagnosis.StageFigures;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.train.Trained;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Runs that never learned anything, on made-up play in which a dot moves. */
class DiagnoseJobTest {
  private static final Configuration HADOOP = new Configuration();
  private static final Set<Stage> ALL = EnumSet.allOf(Stage.class);
  private static final int CODES = 16;
  private static final int STEPS = 400;

  @TempDir static Path folder;
  @RegisterExtension static final LocalSpark SPARK = LocalSpark.tasks(2);

  private static SparkJobs jobs;
  private static String data;
  private static String run;

  @BeforeAll
  static void start() throws IOException {
    jobs = SPARK.jobs();
    TorchRuntime.init();
    data = ingested("data", "Pong", "Breakout");
    run = run("run", 1);
    new TokenizeJob(data, run).run(jobs);
    model(run, "stage2", hash(1), Dataset.open(data).contentHash());
  }

  @Test
  void anUntrainedTokenizerIsNamedFirst() throws IOException {
    Diagnosis diagnosis = new DiagnoseJob(run, Optional.empty(), ALL, List.of()).run(jobs);

    assertThat(diagnosis.passes()).isFalse();
    assertThat(diagnosis.firstFailing()).isEqualTo(Stage.TOKENIZER);
    assertThat(diagnosis.verdict())
        .startsWith("the gate of the tokenizer is the first to fail, in Breakout, Pong (");
    assertThat(diagnosis.stages()).hasSize(2 * Stage.values().length);
    assertThat(diagnosis.stages().stream().map(StageFigures::stage).toList()).isSorted();
    for (StageFigures stage : diagnosis.stages()) {
      assertThat(stage.figures()).as(stage.game()).anyMatch(figure -> figure.value() != null);
      if (stage.stage() == Stage.TOKENIZER) {
        assertThat(stage.figures())
            .filteredOn(figure -> figure.name().equals("things that moved found again"))
            .singleElement()
            .satisfies(figure -> assertThat(figure.passes()).isNotNull());
      }
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
    // Who names another data set is told what that means.
    Diagnosis named = new DiagnoseJob(elsewhere, Optional.of(data), ALL, List.of()).run(jobs);
    assertThat(named.notes())
        .anySatisfy(note -> assertThat(note).contains("is not what " + elsewhere));
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

  /** It can't know them, so they are no fault of the training's. */
  @Test
  void gamesThatTheModelWasNotTrainedOnAreShownToTheTokenizerAlone() throws IOException {
    String ofPong = run("of-pong", 1);
    RunFolder.at(ofPong, HADOOP)
        .record(config(), Trained.WORLD, Map.of(RunFolder.DATA, data, RunFolder.GAMES, "Pong"));
    model(ofPong, "stage2", hash(1), Dataset.open(data).contentHash());
    Diagnosis diagnosis = diagnose(ofPong, ALL);
    assertThat(diagnosis.stages())
        .filteredOn(stage -> stage.game().equals("Breakout"))
        .extracting(StageFigures::stage)
        .containsExactly(Stage.TOKENIZER);
    assertThat(diagnosis.stages())
        .filteredOn(stage -> stage.game().equals("Pong"))
        .hasSize(Stage.values().length);
    assertThat(diagnosis.notes())
        .singleElement()
        .asString()
        .contains("Only the tokenizer was shown Breakout");
  }

  private static Diagnosis diagnose(String of, Set<Stage> stages) {
    return new DiagnoseJob(of, Optional.empty(), stages, List.of("diagnose.sequences=16"))
        .run(jobs);
  }

  /** Every 20th step has a reward, every 50th is an end. */
  private static String ingested(String name, String... games) {
    return SmallRun.dataset(
        folder,
        name,
        0.25,
        2,
        STEPS,
        step ->
            new SmallRun.Played(step / 3 % 4, step % 20 == 19 ? step % 3 - 1 : 0, step % 50 == 49),
        games);
  }

  private static Config config() {
    return SmallRun.config("diagnose.frames=24", "diagnose.sequences=64");
  }

  private static String run(String name, long seed) throws IOException {
    String made = folder.resolve(name).toString();
    record(made);
    try (Tokenizer tokenizer = tokenizer(seed)) {
      SmallRun.checkpoint(
          made + "/tokenizer/checkpoints", "tokenizer", Map.of(), tokenizer.parameters());
    }
    return made;
  }

  private static void record(String name) {
    RunFolder.at(name, HADOOP).record(config(), Trained.WORLD, Map.of(RunFolder.DATA, data));
  }

  private static void model(String of, String stage, String tokenizer, String dataset) {
    try (WorldActionModel model =
        WorldActionModel.create(config().settings().world().withCodes(CODES).model(), 1)) {
      SmallRun.checkpoint(
          of + "/model/checkpoints",
          stage,
          Map.of("tokenizer", tokenizer, "dataset", dataset),
          model.parameters());
    }
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
