package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jowa.it.SmallTraining.with;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole path on a standalone cluster of two workers, as a user submits it, relative paths
 * included. Later tests use what earlier ones made.
 */
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
class StandaloneClusterIT {
  private static final List<String> PRETRAIN =
      SmallTraining.world(
          "--set=world.stage1.steps=5",
          "--set=world.stage2.steps=5",
          "--data=data",
          "--tokenizer=run");

  @TempDir private static Path folder;
  private StandaloneCluster cluster;
  private Jowa jowa;

  @BeforeAll
  void start() {
    cluster = StandaloneCluster.start(folder.resolve("cluster"), 1, 1);
    jowa =
        new Jowa(folder, "--master", cluster.url(), "--executor-cores=1", "--executor-memory=512m");
  }

  @AfterAll
  void stop() {
    cluster.close();
  }

  @Test
  @Order(1)
  void dataSetIsThatOfOneMachine() throws Exception {
    new Jowa(folder).run(ingest("local")).ok();
    jowa.run(ingest("data")).ok();
    assertThat(FileHashes.below(folder.resolve("data")))
        .isEqualTo(FileHashes.below(folder.resolve("local")));
    assertThat(jowa.run("inspect", "data", "--verify").ok().out()).contains("Pong");
  }

  @Test
  @Order(2)
  void lineOfDryRunWorksWordForWord() throws Exception {
    String line = jowa.run(with(List.of(ingest("submitted")), "--dry-run")).ok().out();
    submit(line).ok();
    assertThat(FileHashes.below(folder.resolve("submitted")))
        .isEqualTo(FileHashes.below(folder.resolve("data")));
  }

  @Test
  @Order(3)
  void mistakeFoundInATaskIsToldInOneLine() throws Exception {
    Path shard =
        FileHashes.below(folder.resolve("submitted")).keySet().stream()
            .filter(file -> file.endsWith(".arrow"))
            .map(folder.resolve("submitted")::resolve)
            .findFirst()
            .orElseThrow();
    byte[] bytes = Files.readAllBytes(shard);
    bytes[bytes.length / 2] ^= 1;
    Files.write(shard, bytes);
    assertThat(jowa.run("inspect", "submitted", "--verify").failed(1))
        .contains(shard.getFileName().toString());
  }

  @Test
  @Order(4)
  void tokenizerAndWorldModelTrainInTwoProcesses() {
    jowa.run(
            SmallTraining.tokenizer(
                "--ranks=2", "--set=tokenizer.steps=10", "--data=data", "--run=run"))
        .ok();
    jowa.run("tokenize", "--data=data", "--run=run").ok();
    Jowa.Result trained = jowa.run(with(PRETRAIN, "--ranks=2", "--run=run")).ok();
    assertThat(trained.err()).contains("Goodput of pretrain");
    assertThat(folder.resolve("run/model/checkpoints/step-00000010/state.json")).exists();
  }

  @Test
  @Order(5)
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

  @Test
  @Order(6)
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
