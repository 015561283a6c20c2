package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
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
 * The archive on a Spark 3.5 home, drivers and executors in YARN's containers, everything that is
 * made on HDFS. Later tests use what earlier ones made.
 */
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
class YarnClusterIT {
  @TempDir private static Path folder;
  private HadoopCluster hadoop;
  private Jowa jowa;

  @BeforeAll
  void start() throws IOException {
    hadoop = HadoopCluster.start(folder.resolve("hadoop"));
    jowa =
        new Jowa(folder, options())
            .with(
                archive().resolve("bin/jowa"),
                Map.of(
                    "SPARK_HOME", sparkHome().toString(),
                    "SPARK_LOCAL_IP", "127.0.0.1",
                    "HADOOP_CONF_DIR", hadoop.configuration().toString()));
  }

  @AfterAll
  void stop() {
    hadoop.close();
  }

  private static String[] options() {
    return new String[] {
      "--master=yarn",
      "--deploy-mode=cluster",
      "--driver-memory=512m",
      "--executor-memory=512m",
      // Spark's pages go through YARN's proxy, whose jar the Spark home doesn't have.
      "--conf=spark.ui.enabled=false",
      "--conf=spark.yarn.appMasterEnv.SPARK_LOCAL_IP=127.0.0.1",
      "--conf=spark.executorEnv.SPARK_LOCAL_IP=127.0.0.1"
    };
  }

  private static Path archive() throws IOException {
    try (Stream<Path> built = Files.list(Jowa.PROJECT.resolve("deploy/target"))) {
      return built
          .filter(
              file -> Files.isDirectory(file) && file.getFileName().toString().matches("jowa-.*"))
          .findFirst()
          .orElseThrow();
    }
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

  private void run(String... command) {
    Jowa.Result result = jowa.run(command);
    assertThat(result.status())
        .as("exit status; standard error: %s; containers: %s", result.err(), hadoop.logs())
        .isZero();
  }

  @Test
  @Order(1)
  void logsBecomeADataSetOnHdfs() throws IOException {
    run(
        "ingest",
        "--source=" + Jowa.SAMPLE.toUri(),
        "--games=Breakout",
        "--steps-per-game=3000",
        "--lanes=4",
        "--out=" + hadoop.uri("/data"));
    try (FileSystem files = hadoop.fileSystem()) {
      assertThat(files.exists(path("/data/manifest.json"))).isTrue();
    }
  }

  @Test
  @Order(2)
  void tokenizerTrainsOnTwoRanks() throws IOException {
    run(
        "train-tokenizer",
        "--preset=tiny",
        "--ranks=2",
        "--threads=1",
        "--set=tokenizer.channels=8",
        "--set=tokenizer.codebook-size=64",
        "--set=tokenizer.batch-size=8",
        "--set=tokenizer.steps=10",
        "--set=checkpoint.every=5",
        "--data=" + hadoop.uri("/data"),
        "--run=" + hadoop.uri("/run"));
    assertCheckpoint("/run/tokenizer/checkpoints/step-00000010");
  }

  @Test
  @Order(3)
  void worldModelTrainsOnTwoRanks() throws IOException {
    run("tokenize", "--data=" + hadoop.uri("/data"), "--run=" + hadoop.uri("/run"));
    run(
        "pretrain",
        "--preset=tiny",
        "--ranks=2",
        "--threads=1",
        "--set=world.layers=2",
        "--set=world.width=32",
        "--set=world.q-width=32",
        "--set=world.batch-size=4",
        "--set=world.stage1.steps=5",
        "--set=world.stage2.steps=5",
        "--set=checkpoint.every=5",
        "--data=" + hadoop.uri("/data"),
        "--run=" + hadoop.uri("/run"));
    assertCheckpoint("/run/model/checkpoints/step-00000010");
  }

  @Test
  @Order(4)
  void reportIsOnHdfs() throws IOException {
    run("report", hadoop.uri("/run"));
    try (FileSystem files = hadoop.fileSystem();
        InputStream in = files.open(path("/run/report.html"))) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .contains("<html", "Breakout");
    }
  }

  @Test
  @Order(5)
  void mistakeIsToldByTheCommandThatSubmitted() {
    Jowa.Result result =
        jowa.run("inspect", hadoop.uri("/nowhere"), "--conf=spark.yarn.maxAppAttempts=1");
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
