package org.jowa.it.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.jowa.it.Archive;
import org.jowa.it.Roms;
import org.jowa.it.SmallTraining;
import org.jowa.it.SparkHome;
import org.jowa.jobs.spark.SparkJobs;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The unpacked archive as a user has it: no Maven, no checkout, a Spark 3.5 of their own. Tests
 * change copies of the run that is trained for all of them.
 */
class ArchiveIT {
  private static final Path PROJECT = Path.of(System.getProperty("jowa.project"));
  private static final long TIMEOUT_MINUTES = 5;
  private static final List<String> SECRETS = List.of("must-not-be-seen", "neither-must-this");

  @TempDir private static Path folder;
  private static Path archive;
  private static Path sparkHome;
  private static Result trained;

  @BeforeAll
  static void trainATokenizer() throws Exception {
    archive = Archive.folder();
    sparkHome = SparkHome.of("deploy/spark-home-3.5");
    Path events = Files.createDirectory(folder.resolve("events"));
    ok(SmallTraining.ingest("Breakout", 1500, 2, "data"));
    trained =
        run(
            true,
            SmallTraining.tokenizer(
                    "--data=data",
                    "--run=run",
                    "--ranks=2",
                    "--set=tokenizer.steps=2",
                    "--conf=spark.eventLog.enabled=true",
                    "--conf=spark.eventLog.dir=" + events.toUri(),
                    "--conf=spark.metrics.conf=" + archive.resolve("conf/metrics.properties"),
                    "--conf=spark.hadoop.fs.s3a.secret.key=" + SECRETS.get(0),
                    "--conf=spark.hadoop.fs.azure.account.key.x=" + SECRETS.get(1))
                .toArray(String[]::new));
    assertThat(trained.status()).as(trained.err()).isZero();
  }

  private record Result(int status, String out, String err) {}

  private static Result run(boolean withSpark, String... arguments)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(archive.resolve("bin/jowa").toString()));
    words.addAll(List.of(arguments));
    return run(withSpark, words);
  }

  private static Result run(boolean withSpark, List<String> words)
      throws IOException, InterruptedException {
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
        .contains("--name 'jowa tokenize'")
        .doesNotContain(archive.toString());
  }

  @Test
  void gpusAreCheckedWithRepeatableSums() throws Exception {
    assertThat(ok("gpu-check", "--dry-run")).contains("CUBLAS_WORKSPACE_CONFIG=:4096:8 ");
    assertThat(ok("tokenize", "--data=d", "--run=r", "--dry-run")).doesNotContain("CUBLAS");
  }

  @Test
  void trainsOnSpark35WithoutAHomeFolder() {
    assertThat(trained.err()).doesNotContain(SECRETS).doesNotContainIgnoringCase("metrics");
    assertThat(folder.resolve("run/tokenizer/checkpoints/step-00000002/state.json")).exists();
    assertThat(folder.resolve("jowa-natives-" + System.getProperty("user.name"))).isDirectory();
  }

  /** By Spark's own server, which replays the event log of the training. */
  @Test
  void historyServerShowsTheTrainingAndNoSecrets() throws Exception {
    Path settings = archive.resolve("conf/history-server.conf");
    assertThat(settings).content().contains("\nspark.redaction.regex " + SparkJobs.REDACTED + "\n");
    try (HistoryServer server =
        HistoryServer.start(
            sparkHome, settings, folder.resolve("events"), folder.resolve("history.log"))) {
      JsonNode application = server.applications().get(0);
      assertThat(application.path("name").asText()).isEqualTo("jowa train-tokenizer");
      assertThat(application.at("/attempts/0/completed").asBoolean()).isTrue();
      String id = application.path("id").asText();
      JsonNode jobs = server.get("applications/" + id + "/jobs");
      assertThat(jobs).isNotEmpty();
      assertThat(jobs)
          .allSatisfy(job -> assertThat(job.path("status").asText()).isEqualTo("SUCCEEDED"));
      JsonNode stages = server.get("applications/" + id + "/stages");
      assertThat(stages)
          .anySatisfy(
              stage -> {
                assertThat(stage.path("status").asText()).isEqualTo("COMPLETE");
                assertThat(stage.path("numCompleteTasks").asInt()).isEqualTo(2);
              });
      String environment = server.get("applications/" + id + "/environment").toString();
      assertThat(environment)
          .contains("spark.hadoop.fs.s3a.secret.key", "spark.hadoop.fs.azure.account.key.x")
          .contains("jowa train-tokenizer")
          .doesNotContain(SECRETS);
    }
    for (Path file : files(folder.resolve("events"))) {
      assertThat(Files.readString(file)).doesNotContain(SECRETS);
    }
  }

  /** As a run is after an upgrade: what its configuration and checkpoints lack came later. */
  @Test
  void runOfAnOlderVersionTrainsOn() throws Exception {
    FileUtils.copyDirectory(folder.resolve("run").toFile(), folder.resolve("older").toFile());
    Path config = folder.resolve("older/config.yaml");
    String written = Files.readString(config);
    String older =
        written
            .replaceAll("(?m)^(launch|gradients|data):\\n( .*\\n)+", "")
            .replaceAll("(?m)^ +precision: .*\\n", "");
    assertThat(older.length()).isLessThan(written.length() - 100);
    Files.writeString(config, older);
    Path state = folder.resolve("older/tokenizer/checkpoints/step-00000002/state.json");
    String checkpoint = Files.readString(state);
    Files.writeString(
        state, checkpoint.replaceFirst("\\s*\"tokenizer.precision\" : \"fp32\",", ""));
    assertThat(Files.readString(state)).isNotEqualTo(checkpoint);
    Result resumed =
        run(
            true,
            "train-tokenizer",
            "--data=data",
            "--run=older",
            "--ranks=2",
            "--threads=1",
            "--set=tokenizer.steps=3");
    assertThat(resumed.status()).as(resumed.err()).isZero();
    assertThat(resumed.err().lines().filter(line -> line.contains("is older than some keys")))
        .singleElement()
        .asString()
        .contains("launch.max-restarts=10", "tokenizer.precision=fp32");
    assertThat(folder.resolve("older/tokenizer/checkpoints/step-00000003/state.json")).exists();
    assertThat(Files.readString(config)).contains("max-restarts: 10", "precision: fp32");
  }

  @Test
  void archivePlaysOnceTheEmulatorWasAddedToIt() throws Exception {
    Path roms = Roms.folderOf("Breakout");
    Path own = linkedCopy();
    FileUtils.copyDirectory(folder.resolve("run").toFile(), folder.resolve("played").toFile());
    Path jars = Files.createDirectory(folder.resolve("emulator"));
    String listed = Files.readString(PROJECT.resolve("spark-jobs/target/jars.txt"));
    for (String jar : listed.strip().split(":")) {
      if (Path.of(jar).getFileName().toString().startsWith("ale-")) {
        Files.copy(Path.of(jar), jars.resolve(Path.of(jar).getFileName()));
      }
    }
    Result added =
        run(false, List.of(own.resolve("deploy/bin/add-ale").toString(), jars.toString()));
    assertThat(added.status()).as(added.err()).isZero();
    assertThat(added.out()).contains("GPL-2");
    ok("tokenize", "--data=data", "--run=played");
    ok(
        SmallTraining.world(
                "--data=data",
                "--run=played",
                "--ranks=2",
                "--set=world.stage1.steps=1",
                "--set=world.stage2.steps=1")
            .toArray(String[]::new));
    Result played =
        run(
            true,
            List.of(
                own.resolve("bin/jowa").toString(),
                "evaluate",
                "--run=played",
                "--games=Breakout",
                "--planner=beam",
                "--episodes=2",
                "--max-steps=8",
                "--name=archive",
                "--roms=" + roms,
                "--master=local[2]"));
    assertThat(played.status()).as(played.err()).isZero();
    assertThat(played.out()).contains("Breakout");
    assertThat(folder.resolve("played/evaluation/archive/summary.json")).exists();
  }

  /** The archive with links to its jars, so that others can be put beside them. */
  private static Path linkedCopy() throws IOException {
    Path copy = folder.resolve("archive");
    for (Path file : files(archive)) {
      Path target = copy.resolve(archive.relativize(file));
      Files.createDirectories(target.getParent());
      if (file.toString().endsWith(".jar")) {
        Files.createSymbolicLink(target, file);
      } else {
        Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    return copy;
  }

  private static List<Path> files(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }
}
