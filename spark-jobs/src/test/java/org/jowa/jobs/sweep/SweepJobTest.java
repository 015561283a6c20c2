package org.jowa.jobs.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.LocalSpark;
import org.jowa.jobs.SmallRun;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Without play, which needs games. */
class SweepJobTest {
  private static final Configuration HADOOP = new Configuration();
  private static final Optional<String> NO_RUN = Optional.empty();

  @TempDir static Path folder;
  @RegisterExtension static final LocalSpark SPARK = LocalSpark.rank();

  private static SparkJobs jobs;
  private static String data;

  @BeforeAll
  static void start() {
    jobs = SPARK.jobs();
    TorchRuntime.init();
    data =
        SmallRun.dataset(
            folder,
            "data",
            0,
            1,
            60,
            step -> new SmallRun.Played(step % 4, 0, step % 12 == 11),
            "Pong");
  }

  @Test
  void runsAreTrainedWithOneTokenizerAndAFailedOneStopsNoOther() throws IOException {
    Path foreign = Files.createDirectories(folder.resolve("out/b/model/checkpoints/step-00000002"));
    Files.writeString(foreign.resolve("state.json"), "{}");
    List<SweepRun> runs = List.of(run("a", 2), run("b", 2), run("c", 3));

    SweepJob.Outcome outcome = job(runs).run(jobs);

    assertThat(outcome.failures()).containsOnlyKeys(out("b"));
    assertThat(outcome.failures().get(out("b")).lines()).hasSize(1);
    Checkpoint a = model("a");
    assertThat(a.state().step()).isEqualTo(2);
    assertThat(model("c").state().step()).isEqualTo(3);
    String tokenizer = RunFolder.at(out("tokenizer"), HADOOP).tokenizer().location();
    for (String name : List.of("a", "c")) {
      assertThat(RunFolder.at(out(name), HADOOP).fact(RunFolder.TOKENIZER)).contains(tokenizer);
    }

    // Again, after whatever was wrong is gone: what is done stays as it is.
    byte[] before = Files.readAllBytes(weights(a));
    Files.delete(foreign.resolve("state.json"));
    Files.delete(foreign);
    // That nobody listens where it is to log to makes no difference.
    Config logged = config(2).with(List.of("metrics.mlflow=http://127.0.0.1:1"));
    SweepRun b = new SweepRun(out("b"), logged, data, NO_RUN, false, Map.of());
    assertThat(job(List.of(runs.get(0), b, runs.get(2))).run(jobs).failures()).isEmpty();
    assertThat(model("b").modelHash()).isEqualTo(a.modelHash());
    assertThat(Files.readAllBytes(weights(model("a")))).isEqualTo(before);
  }

  /** The sweep trains no tokenizer for runs that come with one. */
  @Test
  void runsStartFromWeightsWithTheirTokenizer() {
    SweepJob first = new SweepJob(out("first"), List.of(run("w", 2)), 1, NO_RUN, Optional.empty());
    assertThat(first.run(jobs).failures()).isEmpty();
    SweepRun tuned =
        new SweepRun(out("tuned"), config(3), data, Optional.of(out("w")), false, Map.of());

    SweepJob.Outcome outcome =
        new SweepJob(out("second"), List.of(tuned), 1, NO_RUN, Optional.empty()).run(jobs);

    assertThat(outcome.failures()).isEmpty();
    assertThat(model("tuned").state().step()).isEqualTo(3);
    assertThat(model("tuned").state().inputs())
        .containsEntry("weights", model("w").modelHash())
        .containsEntry("tokenizer", model("w").state().inputs().get("tokenizer"));
    assertThat(Path.of(out("second"), "tokenizer")).doesNotExist();
  }

  @Test
  void whatAllRunsLackIsSaidBeforeTheFirst() {
    SweepRun run = new SweepRun(out("x"), config(1), out("nowhere"), NO_RUN, false, Map.of());
    assertThatThrownBy(() -> job(List.of(run("y", 1), run)).run(jobs))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(out("nowhere"));
    SweepJob lent =
        new SweepJob(
            out(""), List.of(run("y", 1)), 1, Optional.of(out("nobody")), Optional.empty());
    assertThatThrownBy(() -> lent.run(jobs)).hasMessageContaining("No tokenizer in");
    assertThat(Path.of(out("y"))).doesNotExist();
  }

  private static SweepJob job(List<SweepRun> runs) {
    return new SweepJob(folder.resolve("out").toString(), runs, 1, NO_RUN, Optional.empty());
  }

  private static SweepRun run(String name, int steps) {
    return new SweepRun(out(name), config(steps), data, NO_RUN, false, Map.of());
  }

  private static String out(String name) {
    return folder.resolve("out/" + name).toString();
  }

  private static Checkpoint model(String run) {
    return RunFolder.at(out(run), HADOOP).model();
  }

  private static Path weights(Checkpoint checkpoint) {
    return Path.of(checkpoint.location(), Checkpoint.MODEL);
  }

  private static Config config(int steps) {
    return SmallRun.config(
        "tokenizer.kind=patches",
        "tokenizer.codebook-size=8",
        "world.blocks=2",
        "world.batch-size=2",
        "world.stage1.steps=1",
        "world.stage2.steps=" + (steps - 1),
        "metrics.held-out-every=0");
  }
}
