package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * The archive on a Spark 3.5 home, submitted by its scripts, drivers and executors in YARN's
 * containers, everything that is made on HDFS.
 */
@Tag("long")
@TestInstance(Lifecycle.PER_CLASS)
class YarnClusterIT {
  private static final String[] OPTIONS = {
    "--driver-memory=512m",
    // Spark's pages go through YARN's proxy, whose jar the Spark home doesn't have.
    "--conf=spark.ui.enabled=false",
    "--conf=spark.yarn.appMasterEnv.SPARK_LOCAL_IP=127.0.0.1",
    "--conf=spark.executorEnv.SPARK_LOCAL_IP=127.0.0.1"
  };

  @TempDir private static Path folder;
  private HadoopCluster hadoop;
  private Path archive;
  private Map<String, String> environment;
  private Jowa submit;

  @BeforeAll
  void trainOnTheCluster() throws Exception {
    startHadoop();
    run(SmallTraining.ingest("Breakout", 3000, 4, "hdfs:///data"));
    run(
        SmallTraining.tokenizer(
            "--ranks=2",
            "--set=tokenizer.steps=10",
            "--set=checkpoint.every=5",
            "--data=hdfs:///data",
            "--run=hdfs:///runs/first"));
    run("tokenize", "--data=hdfs:///data", "--run=hdfs:///runs/first");
    run(
        SmallTraining.world(
            "--ranks=2",
            "--set=world.stage1.steps=5",
            "--set=world.stage2.steps=5",
            "--set=checkpoint.every=5",
            "--data=hdfs:///data",
            "--run=hdfs:///runs/first"));
  }

  private void startHadoop() throws Exception {
    hadoop = HadoopCluster.start(folder.resolve("hadoop"));
    environment =
        new TreeMap<>(
            Map.of(
                "SPARK_HOME",
                sparkHome().toString(),
                "SPARK_LOCAL_IP",
                "127.0.0.1",
                "HADOOP_CONF_DIR",
                hadoop.configuration().toString(),
                "PATH",
                hadoop.commands() + ":" + System.getenv("PATH"),
                "EXECUTOR_MEMORY",
                "512m",
                "EXECUTOR_OVERHEAD",
                "1g",
                "DRIVER_OVERHEAD",
                "512m"));
    archive = folder.resolve("jowa");
    // With links, since the emulator is added to it.
    shell("cp -rl %s %s".formatted(built(), archive));
    shell(archive + "/deploy/bin/add-ale " + emulator());
    String exports = shell("SPARK_JARS=true %s/deploy/yarn/upload".formatted(archive));
    environment.put(
        "JOWA_JARS_ROOT", FaultyTraining.find(exports, "export JOWA_JARS_ROOT=(hdfs://\\S+)"));
    List<String> options = new ArrayList<>(List.of(OPTIONS));
    options.add(
        "--conf=" + FaultyTraining.find(exports, "--conf (spark.yarn.archive=hdfs://\\S+)"));
    submit =
        new Jowa(folder, options.toArray(String[]::new))
            .with(archive.resolve("deploy/yarn/submit"), environment);
  }

  @AfterAll
  void stop() {
    hadoop.close();
  }

  /** The archive that was built with these tests. */
  private static Path built() throws IOException {
    try (Stream<Path> built = Files.list(Jowa.PROJECT.resolve("deploy/target"))) {
      return built
          .filter(
              file -> Files.isDirectory(file) && file.getFileName().toString().matches("jowa-.*"))
          .findFirst()
          .orElseThrow();
    }
  }

  /** The folder of Maven's repository that has the emulator's jars. */
  private static Path emulator() throws IOException {
    String jars = Files.readString(Jowa.PROJECT.resolve("spark-jobs/target/jars.txt"));
    return Stream.of(jars.strip().split(":"))
        .map(Path::of)
        .filter(jar -> jar.getFileName().toString().matches("ale-[\\d.-]+\\.jar"))
        .map(Path::getParent)
        .findFirst()
        .orElseThrow();
  }

  private static Path sparkHome() throws IOException {
    Path home = folder.resolve("spark-home");
    Files.createDirectories(home.resolve("conf"));
    Path jars = Files.createDirectory(home.resolve("jars"));
    Path list = Jowa.PROJECT.resolve("deploy/spark-home-3.5/target/jars.txt");
    for (String jar : Files.readString(list).strip().split(":")) {
      Files.createSymbolicLink(jars.resolve(Path.of(jar).getFileName()), Path.of(jar));
    }
    Files.createFile(home.resolve("RELEASE"));
    return home;
  }

  /** Runs a line and returns what it answers. */
  private String shell(String line) {
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", line);
    builder.environment().putAll(environment);
    return new Jowa(folder).start(builder).await().ok().out();
  }

  private void run(String... command) {
    run(List.of(command));
  }

  private void run(List<String> command) {
    Jowa.Result result = submit.run(command);
    assertThat(result.status())
        .as("exit status; standard error: %s; containers: %s", result.err(), hadoop.logs())
        .isZero();
  }

  @Test
  void logsBecomeADataSetOnHdfs() throws IOException {
    try (FileSystem files = hadoop.fileSystem()) {
      assertThat(files.exists(path("/data/manifest.json"))).isTrue();
    }
  }

  @Test
  void tokenizerTrainsOnTwoRanks() throws IOException {
    assertCheckpoint("/runs/first/tokenizer/checkpoints/step-00000010");
  }

  @Test
  void worldModelTrainsOnTwoRanks() throws IOException {
    assertCheckpoint("/runs/first/model/checkpoints/step-00000010");
    Jowa.Result status =
        new Jowa(folder)
            .with(archive.resolve("bin/jowa"), environment)
            .run("status", "hdfs:///runs/first")
            .ok();
    assertThat(status.out()).contains("pretrain finished: step 10 of 10", "application_");
  }

  @Test
  void modelPlaysWithTheEmulatorThatWasAdded() throws IOException {
    Roms.assume("Breakout");
    run(
        "evaluate",
        "--run=hdfs:///runs/first",
        "--games=Breakout",
        "--planner=none",
        "--episodes=2",
        "--max-steps=12",
        "--name=yarn");
    try (FileSystem files = hadoop.fileSystem()) {
      assertThat(files.exists(path("/runs/first/evaluation/yarn/episodes.parquet"))).isTrue();
    }
  }

  @Test
  void reportIsOnHdfs() throws IOException {
    run("report", "hdfs:///runs/first");
    try (FileSystem files = hadoop.fileSystem();
        InputStream in = files.open(path("/runs/first/report.html"))) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .contains("<html", "Breakout");
    }
  }

  @Test
  void mistakeIsToldByTheCommandThatSubmitted() {
    Jowa.Result result =
        submit.run(
            "tokenize",
            "--data=hdfs:///nowhere",
            "--run=hdfs:///runs/first",
            "--conf=spark.yarn.maxAppAttempts=1");
    assertThat(result.status()).as(result.err()).isEqualTo(1);
    assertThat(result.err()).contains("/nowhere");
  }

  private void assertCheckpoint(String checkpoint) throws IOException {
    try (FileSystem files = hadoop.fileSystem()) {
      for (String file : List.of("model.safetensors", "optimizer.safetensors", "state.json")) {
        assertThat(files.exists(path(checkpoint + "/" + file)))
            .as(checkpoint + "/" + file)
            .isTrue();
      }
    }
  }

  private static org.apache.hadoop.fs.Path path(String path) {
    return new org.apache.hadoop.fs.Path(path);
  }
}
