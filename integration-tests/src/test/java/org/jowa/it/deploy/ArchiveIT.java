package org.jowa.it.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unpacked archive as a user has it: no Maven, no checkout, a Spark 3.5 of their own. */
class ArchiveIT {
  private static final Path PROJECT = Path.of(System.getProperty("jowa.project"));
  private static final long TIMEOUT_MINUTES = 5;

  @TempDir private static Path folder;
  private static Path archive;
  private static Path sparkHome;

  @BeforeAll
  static void linkSparkTogether() throws IOException {
    try (Stream<Path> built = Files.list(PROJECT.resolve("deploy/target"))) {
      archive =
          built
              .filter(path -> Files.isExecutable(path.resolve("bin/jowa")))
              .findFirst()
              .orElseThrow();
    }
    sparkHome = folder.resolve("spark");
    Files.createDirectories(sparkHome.resolve("jars"));
    Files.createDirectories(sparkHome.resolve("conf"));
    Files.createFile(sparkHome.resolve("RELEASE"));
    Files.copy(
        archive.resolve("conf/log4j2.properties"), sparkHome.resolve("conf/log4j2.properties"));
    String jars = Files.readString(PROJECT.resolve("deploy/spark-home-3.5/target/jars.txt"));
    for (String jar : jars.strip().split(":")) {
      Path source = Path.of(jar);
      Files.createSymbolicLink(sparkHome.resolve("jars").resolve(source.getFileName()), source);
    }
  }

  private record Result(int status, String out, String err) {}

  private static Result run(boolean withSpark, String... arguments)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(archive.resolve("bin/jowa").toString()));
    words.addAll(List.of(arguments));
    Path out = Files.createTempFile(folder, "stdout", ".txt");
    Path err = Files.createTempFile(folder, "stderr", ".txt");
    ProcessBuilder builder = new ProcessBuilder(words).directory(folder.toFile());
    builder.environment().remove("SPARK_HOME");
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    // A container has no home folder; its temporary folder is its own.
    builder
        .environment()
        .put("JAVA_TOOL_OPTIONS", "-Duser.home=/nonexistent -Djava.io.tmpdir=" + folder);
    if (withSpark) {
      builder.environment().put("SPARK_HOME", sparkHome.toString());
    }
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new AssertionError("Still running: " + words + Files.readString(err));
    }
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private static String ok(String... arguments) throws IOException, InterruptedException {
    Result result = run(true, arguments);
    assertThat(result.status()).as(result.err()).isZero();
    return result.out();
  }

  @Test
  void sparkThatIsMissingIsSaidInOneLine() throws Exception {
    Result result = run(false, "inspect", "x");
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err().lines())
        .hasSize(1)
        .first()
        .asString()
        .contains("SPARK_HOME is not set");
  }

  @Test
  void emulatorThatWasLeftOutIsSaidBeforeAnythingIsSubmitted() throws Exception {
    Result result = run(true, "evaluate", "--run", "r", "--games", "Pong", "--planner", "none");
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("GPL-2", "deploy/bin/add-ale", "-Djowa.ale=true");
    assertThat(folder.resolve("r")).doesNotExist();
  }

  @Test
  void applicationJarLeavesOtherLibrariesNamesAlone() throws IOException {
    Path jar;
    try (Stream<Path> jars = Files.list(archive.resolve("lib"))) {
      jar =
          jars.filter(path -> path.getFileName().toString().startsWith("jowa-"))
              .findFirst()
              .orElseThrow();
    }
    try (JarFile file = new JarFile(jar.toFile())) {
      assertThat(
              file.stream().map(entry -> entry.getName()).filter(name -> name.endsWith(".class")))
          .allMatch(name -> name.startsWith("org/jowa/"));
    }
    assertThat(archive.resolve("THIRD-PARTY.txt"))
        .content()
        .contains("arrow-vector")
        .doesNotContain("ALE");
  }

  @Test
  void jarsThatTheNodesHaveAreNamedAndNotSent() throws Exception {
    String line =
        ok(
            "tokenize",
            "--data=d",
            "--run=r",
            "--master=k8s://https://host:6443",
            "--deploy-mode=cluster",
            "--dry-run");
    assertThat(line)
        .contains("--jars local:///opt/jowa/lib/", " local:///opt/jowa/lib/jowa-")
        .doesNotContain(archive.toString());
  }

  @Test
  void trainsOnSpark35WithoutAHomeFolderAndLeavesAnEventLogWithoutSecrets() throws Exception {
    Path events = Files.createDirectory(folder.resolve("events"));
    ok(
        "ingest",
        "--source=" + PROJECT.resolve("integration-tests/dqn-replay-sample"),
        "--games=Breakout",
        "--steps-per-game=1500",
        "--lanes=2",
        "--out=data");
    ok(
        "train-tokenizer",
        "--data=data",
        "--run=run",
        "--preset=tiny",
        "--ranks=2",
        "--threads=1",
        "--set=tokenizer.channels=8",
        "--set=tokenizer.batch-size=4",
        "--set=tokenizer.steps=2",
        "--conf=spark.eventLog.enabled=true",
        "--conf=spark.eventLog.compress=false",
        "--conf=spark.eventLog.dir=" + events.toUri(),
        "--conf=spark.hadoop.fs.s3a.secret.key=must-not-be-seen",
        "--conf=spark.hadoop.fs.azure.account.key.x=neither-must-this");
    assertThat(folder.resolve("run/tokenizer/checkpoints/step-00000002/state.json")).exists();
    assertThat(folder.resolve("jowa-natives-" + System.getProperty("user.name"))).isDirectory();
    StringBuilder log = new StringBuilder();
    try (Stream<Path> files = Files.walk(events)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        log.append(Files.readString(file));
      }
    }
    assertThat(log.toString())
        .contains("SparkListenerApplicationEnd", "jowa train-tokenizer")
        .doesNotContain("must-not-be-seen", "neither-must-this");
  }
}
