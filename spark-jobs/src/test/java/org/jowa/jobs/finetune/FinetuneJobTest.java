package org.jowa.jobs.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.tokens.TokenSet;
import org.jowa.env.Protocol;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.jowa.jobs.LocalSpark;
import org.jowa.jobs.SmallRun;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.evaluate.EvaluationPlan;
import org.jowa.jobs.evaluate.Player;
import org.jowa.jobs.evaluate.TrainedAgent;
import org.jowa.jobs.pretrain.PretrainJob;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.jobs.tokenize.TokenizeJob;
import org.jowa.jobs.tokenizer.TrainTokenizerJob;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.plan.PlannerSettings;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.train.Trained;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** On made-up play of two games, of which the model that is trained on has seen one. */
class FinetuneJobTest {
  private static final Configuration HADOOP = new Configuration();
  private static final int CODES = 16;
  private static final String[] BEHAVIOUR = {
    "world.behaviour.steps=2", "world.behaviour.batch-size=4", "world.behaviour.width=4"
  };
  private static final int STEPS = 240;
  private static final int EPISODE = 12;

  @TempDir static Path folder;
  @RegisterExtension static final LocalSpark SPARK = LocalSpark.rank();

  private static SparkJobs jobs;
  private static String data;
  private static String source;

  @BeforeAll
  static void start() throws IOException {
    jobs = SPARK.jobs();
    TorchRuntime.init();
    String pretrained = ingested("pretrained", 1, "Breakout");
    data = ingested("data", 1, "Pong", "Breakout");
    source = source("source", pretrained);
  }

  @Test
  void aNewGameIsTrainedInARunOfItsOwnThatStandsAlone() throws IOException {
    String run = folder.resolve("run").toString();
    job(run, start(Map.of("Pong", "Breakout")), "Pong").run(jobs);

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
      job(run, start(Map.of("Pong", "Breakout")), "Pong").run(jobs);
    } finally {
      Files.move(away, Path.of(source));
    }
    assertThat(made.model().state().step()).isEqualTo(4);
  }

  @Test
  void theBehaviourNetworkStartsAnewWhereItKnowsNoPlayer() throws IOException {
    String knows = source("knows", ingested("knows-data", 1, "Breakout"), BEHAVIOUR);
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
  void theTokenizerLearnsAlongWhereAskedFor() {
    String run = folder.resolve("joint").toString();
    List<String> settings =
        List.of(
            "tokenizer.joint=all",
            "tokenizer.batch-size=6",
            "world.batch-size=4",
            "world.stage2.steps=4",
            "checkpoint.every=2",
            "metrics.held-out-batches=1");
    Config config =
        FinetuneConfig.of(Config.preset("finetune"), c -> c.with(settings), run, source);
    assertThat(config.settings().tokenizer().model().channels()).isEqualTo(4);
    assertThat(config.settings().tokenizer().learningRate()).isEqualTo(1e-4);
    FinetuneJob job =
        new FinetuneJob(data, run, config, 1, start(Map.of("Pong", "Breakout")), List.of("Pong"));
    job.run(jobs);

    RunFolder made = RunFolder.at(run, HADOOP);
    String before = TrainedTokenizer.of(RunFolder.at(source, HADOOP).tokenizer()).hash();
    assertThat(TrainedTokenizer.of(made.ownTokenizer().orElseThrow()).hash()).isEqualTo(before);
    assertThat(made.tokenizer().location()).isEqualTo(made.model().location());
    TrainedTokenizer trained = TrainedTokenizer.of(made.tokenizer());
    assertThat(trained.hash()).isNotEqualTo(before);
    assertThat(trained.load(HADOOP).hash()).isEqualTo(trained.hash());
    assertThat(made.model().state().inputs())
        .containsEntry("start-tokenizer", before)
        .doesNotContainKey("tokenizer");

    // At its end there is nothing left to do, and its tokens can be made.
    job.run(jobs);
    new TokenizeJob(data, run).run(jobs);
    assertThat(TokenSet.exists(Dataset.open(data, HADOOP), trained.hash())).isTrue();
  }

  @Test
  void pretrainingTrainsBothOnTheSameFrames() {
    String run = folder.resolve("both").toString();
    Config config =
        sizes()
            .with(
                List.of(
                    "tokenizer.joint=stage1",
                    "tokenizer.batch-size=6",
                    "world.batch-size=4",
                    "world.stage1.steps=2",
                    "world.stage2.steps=2",
                    "metrics.held-out-batches=1"));
    new PretrainJob(data, run, config, 1, run, Optional.empty()).run(jobs);

    RunFolder made = RunFolder.at(run, HADOOP);
    assertThat(made.model().state().stage()).isEqualTo("stage2");
    assertThat(made.tokenizer().hasTokenizer()).isTrue();
    TrainedAgent agent = TrainedAgent.of(playing(run, run), HADOOP);
    assertThat(agent.tokenizer().checkpoint()).isEqualTo(agent.model().location());
    assertThat(agent.model().state().step()).isEqualTo(2);
    assertThatThrownBy(() -> TrainedAgent.of(playing(run, source), HADOOP))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("was trained with tokenizer " + agent.tokenizer().hash());

    assertThatThrownBy(() -> new TrainTokenizerJob(data, fresh(), config, 1).run(jobs))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("tokenizer.joint is stage1");
    assertThatThrownBy(
            () -> new PretrainJob(data, source, config, 1, source, Optional.empty()).run(jobs))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("has a tokenizer that was trained before");
  }

  private static EvaluationPlan playing(String run, String tokenizerRun) {
    return EvaluationPlan.of(
        run,
        "2",
        tokenizerRun,
        List.of("Pong"),
        new Player(PlannerSettings.none(2), null),
        Protocol.JOWA,
        1,
        0,
        1,
        "at-2");
  }

  @Test
  void imaginedFramesAreTokensAsTheyAreUnlessTheReferenceIsAskedFor() {
    String repaired = folder.resolve("repaired").toString();
    job("repaired", data, repaired, start(Map.of()), "Pong").run(jobs);
    String reference = folder.resolve("reference").toString();
    job("reference", data, reference, start(Map.of()), "Pong").run(jobs);
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
    refused(job(fresh(), start(Map.of()), "Seaquest"), InvalidInputException.class)
        .hasMessageContaining("no training episodes of Seaquest, it has Breakout, Pong");
    refused(job(source, start(Map.of()), "Pong"), UsageException.class)
        .hasMessageContaining(source + " is a run that was not fine-tuned");
    refused(job(fresh(), start(Map.of("Pong", "Assault")), "Pong"), UsageException.class)
        .hasMessageContaining("Assault, which " + source + " doesn't know");
    refused(job(fresh(), start(Map.of("Breakout", "Pong")), "Breakout"), UsageException.class)
        .hasMessageContaining("knows Breakout by its own");
    refused(job(fresh(), start(Map.of("Breakout", "Pong")), "Pong"), UsageException.class)
        .hasMessageContaining("but the games are Pong");
    String apart = ingested("apart", 2, "Pong", "Breakout");
    refused(job(apart, fresh(), start(Map.of()), "Pong"))
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

  private static FinetuneStart start(Map<String, String> borrowed) {
    return new FinetuneStart(source, Optional.empty(), source, borrowed);
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

  /** Every 10th step has a reward. */
  private static String ingested(String name, int lanes, String... games) {
    return SmallRun.dataset(
        folder,
        name,
        0.25,
        lanes,
        STEPS,
        step ->
            new SmallRun.Played(
                step / 3 % 4, step % 10 == 9 ? 1 : 0, step % EPISODE == EPISODE - 1),
        games);
  }

  private static Config sizes() {
    return SmallRun.config(
        "world.discount=0.9",
        "tokenizer.channels=4",
        "tokenizer.latent-channels=8",
        "tokenizer.embedding-dim=8",
        "tokenizer.codebook-size=" + CODES);
  }

  private static String source(String name, String trainedOn, String... settings)
      throws IOException {
    String made = folder.resolve(name).toString();
    RunFolder run = RunFolder.at(made, HADOOP);
    run.record(sizes().with(List.of(settings)), Trained.WORLD, Map.of(RunFolder.DATA, trainedOn));
    try (Tokenizer tokenizer = Tokenizer.create(new TokenizerConfig(4, 8, 8, CODES), 1)) {
      SmallRun.checkpoint(
          run.layout().checkpoints(Trained.TOKENIZER),
          "tokenizer",
          Map.of(),
          tokenizer.parameters());
      SmallRun.checkpoint(
          run.layout().checkpoints(Trained.WORLD),
          "stage2",
          Map.of("tokenizer", tokenizer.hash()),
          WorldActionModel.create(modelOf(settings), 3).parameters());
    }
    return made;
  }

  private static WorldConfig modelOf(String... settings) {
    return sizes().with(List.of(settings)).settings().world().withCodes(CODES).model();
  }
}
