package org.jowa.jobs.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jowa.jobs.finetune.FinetuneFixture.CODES;
import static org.jowa.jobs.finetune.FinetuneFixture.HADOOP;
import static org.jowa.jobs.finetune.FinetuneFixture.modelOf;
import static org.jowa.jobs.finetune.FinetuneFixture.sizes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.tokens.TokenSet;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.jowa.jobs.LocalSpark;
import org.jowa.jobs.SmallRun;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.train.Trained;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** On made-up play of two games, of which the model that is trained on has seen one. */
class FinetuneJobTest {
  private static final String[] BEHAVIOUR = {
    "world.behaviour.steps=2", "world.behaviour.batch-size=4", "world.behaviour.width=4"
  };

  @TempDir static Path folder;
  @RegisterExtension static final LocalSpark SPARK = LocalSpark.rank();

  private static SparkJobs jobs;
  private static FinetuneFixture fixture;
  private static String data;
  private static String source;

  @BeforeAll
  static void start() {
    jobs = SPARK.jobs();
    fixture = new FinetuneFixture(folder);
    data = fixture.data();
    source = fixture.source();
  }

  @Test
  void aNewGameIsTrainedInARunOfItsOwnThatStandsAlone() throws IOException {
    String run = folder.resolve("run").toString();
    job(run, fixture.start(Map.of("Pong", "Breakout")), "Pong").run(jobs);

    RunFolder made = RunFolder.at(run, HADOOP);
    Checkpoint model = made.model();
    assertThat(model.state().step()).isEqualTo(4);
    assertThat(model.state().stage()).isEqualTo("stage2");
    assertThat(model.state().inputs())
        .containsEntry("weights", RunFolder.at(source, HADOOP).model().modelHash())
        .containsEntry("borrowed", "{Pong=Breakout}")
        .containsEntry("segment-stride", "1")
        .hasEntrySatisfying("mix", mix -> assertThat(mix).contains("Pong"));
    assertThat(made.config().orElseThrow().settings().world().model().width()).isEqualTo(16);
    assertThat(made.config().orElseThrow().settings().world().qLoss().supervisedWeight())
        .isEqualTo(0.5);
    TrainedTokenizer tokenizer = TrainedTokenizer.of(made.tokenizer());
    assertThat(tokenizer.checkpoint()).startsWith(run);
    assertThat(TokenSet.exists(Dataset.open(data, HADOOP), tokenizer.hash())).isTrue();
    assertThat(Files.readString(folder.resolve("run/metrics.jsonl")))
        .contains("\"Pong\"")
        .doesNotContain("\"Breakout\"");

    // It starts as the other model, but for the rows of the game that borrows.
    int pong = Games.byName("Pong").id();
    int breakout = Games.byName("Breakout").id();
    for (int table = 0; table < 2; table++) {
      String name = "task_emb.embedding_tables." + table + ".weight";
      float[] before = weights(source, 5, name);
      float[] first = weights(run, 0, name);
      assertThat(row(first, pong)).isEqualTo(row(before, breakout));
      assertThat(row(before, pong)).isNotEqualTo(row(before, breakout));
      float[] last = weights(run, 4, name);
      assertThat(row(last, pong)).isNotEqualTo(row(first, pong));
      assertThat(row(last, breakout)).isEqualTo(row(before, breakout));
    }
    assertThat(weights(run, 0, "pos_emb.weight")).isEqualTo(weights(source, 5, "pos_emb.weight"));

    // The source may be gone by now.
    Path away = folder.resolve("away");
    Files.move(Path.of(source), away);
    try {
      job(run, fixture.start(Map.of("Pong", "Breakout")), "Pong").run(jobs);
    } finally {
      Files.move(away, Path.of(source));
    }
    assertThat(made.model().state().step()).isEqualTo(4);
  }

  @Test
  void theBehaviourNetworkStartsAnewWhereItKnowsNoPlayer() throws IOException {
    String knows =
        fixture.source("knows", fixture.ingested("knows-data", 1, "Breakout"), BEHAVIOUR);
    FinetuneStart start = new FinetuneStart(knows, Optional.empty(), knows, Map.of());
    String anew = folder.resolve("players-anew").toString();
    job(anew, start, "Pong").run(jobs);
    String kept = folder.resolve("players-kept").toString();
    job(kept, start, "Pong", "Breakout").run(jobs);

    String name = "behaviour.frame.2.weight";
    assertThat(weights(kept, 0, name)).isEqualTo(weights(knows, 5, name));
    WorldActionModel fresh = WorldActionModel.create(modelOf(BEHAVIOUR), 0);
    assertThat(weights(anew, 0, name))
        .isEqualTo(Tensors.floats(fresh.parameters().get(name).detach()))
        .isNotEqualTo(weights(knows, 5, name));
    assertThat(weights(anew, 0, "pos_emb.weight")).isEqualTo(weights(knows, 5, "pos_emb.weight"));
    Map<String, String> recorded = RunFolder.at(anew, HADOOP).model().state().inputs();
    assertThat(recorded).containsEntry("behaviour", "anew");
    assertThat(RunFolder.at(kept, HADOOP).model().state().inputs()).doesNotContainKey("behaviour");

    // Resumed without the run that it started from, which would say what was known.
    Path away = folder.resolve("gone");
    Files.move(Path.of(knows), away);
    try {
      job(anew, start, "Pong").run(jobs);
    } finally {
      Files.move(away, Path.of(knows));
    }
    assertThat(RunFolder.at(anew, HADOOP).model().state().inputs()).isEqualTo(recorded);

    // Its own network knows nobody but Pong's players.
    assertThat(Lineage.of(RunFolder.at(anew, HADOOP), HADOOP).players()).contains(Set.of("Pong"));
    assertThat(Lineage.of(RunFolder.at(anew, HADOOP), HADOOP).games())
        .containsExactlyInAnyOrder("Breakout", "Pong");
    assertThat(Lineage.of(RunFolder.at(kept, HADOOP), HADOOP).players())
        .contains(Set.of("Breakout", "Pong"));
  }

  @Test
  void imaginedFramesAreTokensAsTheyAreUnlessTheReferenceIsAskedFor() {
    String repaired = folder.resolve("repaired").toString();
    job("repaired", data, repaired, fixture.start(Map.of()), "Pong").run(jobs);
    String reference = folder.resolve("reference").toString();
    job("reference", data, reference, fixture.start(Map.of()), "Pong").run(jobs);
    float[] asTheyAre = imagined(repaired);
    float[] misread = imagined(reference);
    // In each lane behind two numbers and the game, eight frames of 36 tokens: two were imagined.
    int sequence = 3 + 6 * 36;
    assertThat(asTheyAre[1]).isPositive();
    assertThat(Arrays.copyOf(misread, sequence)).isEqualTo(Arrays.copyOf(asTheyAre, sequence));
    assertThat(Arrays.copyOfRange(misread, sequence, sequence + 2 * 36))
        .isNotEqualTo(Arrays.copyOfRange(asTheyAre, sequence, sequence + 2 * 36));
  }

  private static float[] imagined(String run) {
    try (Safetensors state = RunFolder.at(run, HADOOP).model().optimizer();
        StepScope scope = StepScope.inference()) {
      return Tensors.floats(state.tensor("imagination.sequences"));
    }
  }

  @Test
  void whatDoesNotFitIsSaidInOneLine() throws IOException {
    refused(job(fresh(), fixture.start(Map.of()), "Seaquest"), InvalidInputException.class)
        .hasMessageContaining("no training episodes of Seaquest, it has Breakout, Pong");
    refused(job(source, fixture.start(Map.of()), "Pong"), UsageException.class)
        .hasMessageContaining(source + " is a run that was not fine-tuned");
    refused(job(fresh(), fixture.start(Map.of("Pong", "Assault")), "Pong"), UsageException.class)
        .hasMessageContaining("Assault, which " + source + " doesn't know");
    refused(
            job(fresh(), fixture.start(Map.of("Breakout", "Pong")), "Breakout"),
            UsageException.class)
        .hasMessageContaining("knows Breakout by its own");
    refused(job(fresh(), fixture.start(Map.of("Breakout", "Pong")), "Pong"), UsageException.class)
        .hasMessageContaining("but the games are Pong");
    String apart = fixture.ingested("apart", 2, "Pong", "Breakout");
    refused(job(apart, fresh(), fixture.start(Map.of()), "Pong"))
        .hasMessageContaining("of 2 of " + apart + " has no episodes of Pong")
        .hasMessageContaining("bin/jowa ingest --games Pong");

    String blind = folder.resolve("blind").toString();
    RunFolder.at(blind, HADOOP).record(sizes(), Trained.WORLD, Map.of());
    refused(job(fresh(), new FinetuneStart(blind, Optional.empty(), blind, Map.of()), "Pong"))
        .hasMessageContaining("No world-action model in " + blind);
    String models = RunFolder.at(blind, HADOOP).layout().checkpoints(Trained.WORLD);
    SmallRun.checkpoint(
        models, "stage1", Map.of(), WorldActionModel.create(modelOf(), 1).parameters());
    FinetuneStart early = new FinetuneStart(blind, Optional.empty(), blind, Map.of());
    FinetuneJob late = job(fresh(), early, "Pong");
    Config atOnce = late.config().with(List.of("world.imagination.after=0"));
    refused(new FinetuneJob(data, fresh(), atOnce, 1, early, List.of("Pong")), UsageException.class)
        .hasMessageContaining("world.imagination.after is 0, but the Q heads of " + models)
        .hasMessageContaining("stage1");
    refused(late)
        .hasMessageContaining("No tokenizer in " + blind)
        .hasMessageContaining("--tokenizer");
    assertThat(folder.resolve("fresh")).doesNotExist();
  }

  @Test
  void sizesComeWithTheWeightsAndCanNotBeSet() {
    Config preset = Config.preset("finetune");
    Config config = sized(preset, source, "world.batch-size=4");
    assertThat(config.settings().world().model().layers()).isEqualTo(1);
    assertThat(config.settings().tokenizer().model().codebookSize()).isEqualTo(CODES);
    assertThat(config.settings().world().qLoss().discount()).isEqualTo(0.9);
    assertThatThrownBy(() -> sized(preset, source, "world.layers=2"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("world.layers is 2, but the weights of " + source + " have 1");
    assertThatThrownBy(() -> sized(preset, source, "world.behaviour.steps=9"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("behaviour network");
    assertThatThrownBy(() -> sized(preset, "nowhere"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--init-from names nowhere");
  }

  private static Config sized(Config preset, String from, String... settings) {
    return FinetuneConfig.of(preset, config -> config.with(List.of(settings)), fresh(), from);
  }

  private static String fresh() {
    return folder.resolve("fresh").toString();
  }

  private static FinetuneJob job(String run, FinetuneStart start, String... games) {
    return job(data, run, start, games);
  }

  private static FinetuneJob job(
      String trainedOn, String run, FinetuneStart start, String... games) {
    return job("repaired", trainedOn, run, start, games);
  }

  private static FinetuneJob job(
      String mode, String trainedOn, String run, FinetuneStart start, String... games) {
    List<String> settings =
        List.of(
            "world.batch-size=4",
            "world.stage2.steps=4",
            "world.imagination.batch-size=4",
            "world.imagination.after=1",
            "world.imagination.capacity=8",
            "world.imagination.mode=" + mode,
            "checkpoint.every=2",
            "checkpoint.keep=9",
            "metrics.every=2",
            "metrics.held-out-every=2",
            "metrics.held-out-batches=1");
    return new FinetuneJob(
        trainedOn,
        run,
        FinetuneConfig.of(
            Config.preset("finetune"), config -> config.with(settings), run, start.run()),
        1,
        start,
        List.of(games));
  }

  private static org.assertj.core.api.AbstractThrowableAssert<?, ?> refused(FinetuneJob job) {
    return refused(job, InvalidInputException.class);
  }

  private static org.assertj.core.api.AbstractThrowableAssert<?, ?> refused(
      FinetuneJob job, Class<?> type) {
    return assertThatThrownBy(() -> job.run(jobs)).isInstanceOf(type);
  }

  private static float[] row(float[] table, int game) {
    return Arrays.copyOfRange(table, game * 16, (game + 1) * 16);
  }

  private static float[] weights(String run, int step, String name) {
    Path file = Path.of(run, "model/checkpoints/step-0000000" + step, Checkpoint.MODEL);
    try (Safetensors weights = Safetensors.read(file);
        StepScope scope = StepScope.inference()) {
      return Tensors.floats(weights.tensor(name));
    }
  }
}
