package org.jowa.jobs.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jowa.jobs.finetune.FinetuneFixture.HADOOP;
import static org.jowa.jobs.finetune.FinetuneFixture.sizes;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.tokens.TokenSet;
import org.jowa.env.Protocol;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.jowa.jobs.LocalSpark;
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
import org.jowa.model.plan.PlannerSettings;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tokenizer and world-action model that learn together, from scratch and from another run's. */
class JointTokenizerTest {
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
        new FinetuneJob(
            data, run, config, 1, fixture.start(Map.of("Pong", "Breakout")), List.of("Pong"));
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

    assertThatThrownBy(
            () ->
                new TrainTokenizerJob(data, folder.resolve("fresh").toString(), config, 1)
                    .run(jobs))
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
}
