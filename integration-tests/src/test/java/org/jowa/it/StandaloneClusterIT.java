package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jowa.it.SmallTraining.with;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole path on a standalone cluster of two workers, as a user submits it, relative paths
 * included. Tests change copies of what is made for all of them.
 */
@TestInstance(Lifecycle.PER_CLASS)
class StandaloneClusterIT {
  private static final List<String> PRETRAIN =
      SmallTraining.world(
          "--set=world.stage1.steps=5",
          "--set=world.stage2.steps=5",
          "--data=data",
          "--tokenizer=run");

  private static final List<String> PLAY =
      List.of(
          "evaluate",
          "--run=run",
          "--games=Pong,Breakout,Freeway,Boxing",
          "--planner=beam",
          "--horizon=1",
          "--episodes=8",
          "--max-steps=40");

  @TempDir private static Path folder;
  private StandaloneCluster cluster;
  private Jowa jowa;
  private Jowa.Result trained;

  @BeforeAll
  void trainOnTheCluster() {
    cluster = StandaloneCluster.start(folder.resolve("cluster"), 1, 1);
    jowa =
        new Jowa(folder, "--master", cluster.url(), "--executor-cores=1", "--executor-memory=512m");
    jowa.run(ingest("data")).ok();
    jowa.run(
            SmallTraining.tokenizer(
                "--ranks=2", "--set=tokenizer.steps=10", "--data=data", "--run=run"))
        .ok();
    jowa.run("tokenize", "--data=data", "--run=run").ok();
    trained = jowa.run(with(PRETRAIN, "--ranks=2", "--run=run")).ok();
  }

  @AfterAll
  void stop() {
    cluster.close();
  }

  @Test
  void dataSetIsThatOfOneMachine() throws Exception {
    new Jowa(folder).run(ingest("local")).ok();
    assertThat(ingested("data")).isEqualTo(ingested("local"));
    assertThat(jowa.run("inspect", "data", "--verify").ok().out()).contains("Pong");
  }

  @Test
  void lineOfDryRunWorksWordForWord() throws Exception {
    String line = jowa.run(with(List.of(ingest("submitted")), "--dry-run")).ok().out();
    submit(line).ok();
    assertThat(ingested("submitted")).isEqualTo(ingested("data"));
  }

  /** Names and hashes of all files of a data set but its tokens. */
  private static Map<String, String> ingested(String data) {
    Map<String, String> files = FileHashes.below(folder.resolve(data));
    files.keySet().removeIf(file -> file.startsWith("tokens/"));
    return files;
  }

  @Test
  void mistakeFoundInATaskIsToldInOneLine() throws Exception {
    Path altered = folder.resolve("altered");
    FileUtils.copyDirectory(folder.resolve("data").toFile(), altered.toFile());
    Path shard =
        ingested("altered").keySet().stream()
            .filter(file -> file.endsWith(".arrow"))
            .map(altered::resolve)
            .findFirst()
            .orElseThrow();
    WholePath.damage(shard);
    assertThat(jowa.run("inspect", "altered", "--verify").failed(1))
        .contains(shard.getFileName().toString());
  }

  @Test
  void tokenizerAndWorldModelTrainInTwoProcesses() {
    assertThat(trained.err()).contains("Goodput of pretrain");
    assertThat(folder.resolve("run/model/checkpoints/step-00000010/state.json")).exists();
  }

  @Test
  void modelPlaysOnTheCluster() {
    Roms.assume("Pong");
    Jowa.Result played =
        jowa.run(
                "evaluate",
                "--run=run",
                "--games=Pong",
                "--planner=none",
                "--episodes=2",
                "--max-steps=12",
                "--name=cluster")
            .ok();
    assertThat(played.out()).contains("Pong");
    jowa.run("report", "run").ok();
    assertThat(folder.resolve("run/report.html")).exists();
  }

  /** Nobody has it, so the line that says so shows that it was asked for. */
  @Test
  void tasksAndTheDriverUseTheGpuThatSparkGaveThem() throws Exception {
    Roms.assume("Pong");
    String refused = "Cannot compute on cuda:" + StandaloneCluster.GPU + ": ";
    String[] gpus = {
      "--conf=spark.executor.resource.gpu.amount=1", "--conf=spark.task.resource.gpu.amount=1"
    };
    Path data = folder.resolve("untokenized");
    FileUtils.copyDirectory(folder.resolve("data").toFile(), data.toFile());
    FileUtils.deleteDirectory(data.resolve("tokens").toFile());
    assertThat(
            jowa.run(with(List.of("tokenize", "--data=untokenized", "--run=run"), gpus)).failed(1))
        .contains(refused);
    List<String> evaluate =
        List.of("evaluate", "--run=run", "--games=Pong", "--episodes=2", "--max-steps=5");
    assertThat(jowa.run(with(with(evaluate, gpus), "--name=gpu")).failed(1)).contains(refused);
    assertThat(folder.resolve("run/evaluation/gpu/summary.json")).doesNotExist();
    jowa.run(with(evaluate, "--name=gpu")).ok();

    String driver = "--conf=spark.driver.resource.gpu.";
    List<String> play =
        List.of("play", "--run=run", "--game=Pong", "--max-steps=3", "--clip=gpu.gif");
    String[] here = {
      driver + "amount=1", driver + "discoveryScript=" + cluster.gpuDiscovery(), "--master=local[1]"
    };
    assertThat(new Jowa(folder).run(with(play, here)).failed(1)).contains(refused);
    assertThat(folder.resolve("gpu.gif")).doesNotExist();
  }

  /**
   * An executor is lost, then the driver; the same command goes on to the scores of one machine.
   */
  @Test
  void evaluationEndsInTheSameScoresAfterKills() throws Exception {
    Roms.assume("Pong", "Breakout", "Freeway", "Boxing");
    new Jowa(folder).run(with(PLAY, "--name=calm", "--master=local[2]")).ok();

    Jowa.Running killed = jowa.start(with(PLAY, "--name=killed").toArray(String[]::new));
    awaitResults(killed, 1);
    // Every task has eight episodes of four rows: those of the first four have ended, no more.
    cluster.executors().get(0).signal("KILL");
    awaitResults(killed, results() + 1);
    assertThat(killed.process().isAlive()).as(killed.said()).isTrue();
    killed.kill();
    cluster.awaitIdle();
    assertThat(folder.resolve("run/evaluation/killed/summary.json")).doesNotExist();
    // Of four games' eight episodes, and as many of the random player.
    assertThat(results()).isLessThan(2 * 4 * 8);

    jowa.run(with(PLAY, "--name=killed")).ok();
    assertThat(games("killed")).isEqualTo(games("calm")).hasSize(4);
  }

  private void awaitResults(Jowa.Running evaluation, int atLeast) {
    Pause.until(
        atLeast + " episodes have ended",
        Duration.ofMinutes(5),
        () -> results() >= atLeast || !evaluation.process().isAlive(),
        evaluation::said);
  }

  /** Episodes whose results are there. */
  private static int results() {
    String[] files =
        folder
            .resolve("run/evaluation/killed/results")
            .toFile()
            .list((parent, name) -> name.endsWith(".json") && !name.startsWith("."));
    return files == null ? 0 : files.length;
  }

  private static JsonNode games(String evaluation) throws IOException {
    Path summary = folder.resolve("run/evaluation").resolve(evaluation).resolve("summary.json");
    return new ObjectMapper().readTree(summary.toFile()).get("games");
  }

  @Test
  void ranksThatCannotRunTogetherAreRefused() {
    assertThat(
            jowa.run(with(PRETRAIN, "--ranks=4", "--run=many", "--set=launch.slots-wait-seconds=3"))
                .failed(2))
        .contains("4 ranks");
    for (String setting : List.of("spark.dynamicAllocation.enabled", "spark.speculation")) {
      assertThat(
              jowa.run(with(PRETRAIN, "--ranks=2", "--run=refused", "--conf=" + setting + "=true"))
                  .failed(2))
          .contains(setting);
    }
  }

  @Test
  void deadMasterIsToldInOneLine() {
    assertThat(new Jowa(folder, "--master=spark://127.0.0.1:1").run("inspect", "data").failed(1))
        .contains("No Spark master answers at spark://127.0.0.1:1");
  }

  /** Runs a shell line as it stands, with what a distribution's bin/spark-submit does. */
  private Jowa.Result submit(String line) throws IOException {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Path script = bin.resolve("spark-submit");
    Files.writeString(
        script,
        """
        #!/usr/bin/env bash
        mapfile -d '' -t words < <(java -Xmx128m -cp "$SPARK_HOME/jars/*" \\
          org.apache.spark.launcher.Main org.apache.spark.deploy.SparkSubmit "$@")
        words=("${words[@]:1}")
        words[0]="${words[0]#$'\\n'}"
        exec "${words[@]}"
        """);
    assertThat(script.toFile().setExecutable(true)).isTrue();
    ProcessBuilder shell = new ProcessBuilder("bash", "-c", line);
    Map<String, String> environment = shell.environment();
    environment.put("PATH", bin + ":" + environment.get("PATH"));
    environment.put("SPARK_HOME", Jowa.PROJECT.resolve("target/spark-home").toString());
    environment.put("SPARK_SCALA_VERSION", "2.13");
    return jowa.start(shell).await();
  }

  private static String[] ingest(String out) {
    return SmallTraining.ingest("Breakout,Pong", 2000, 4, out);
  }
}
