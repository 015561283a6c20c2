package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code bin/jowa} makes of the place that it is in and of how it is started. */
class AnyMachineIT {
  private static final List<String> INGEST =
      List.of("ingest", "--source", "logs", "--out", "data", "--lanes", "2");
  private static final List<String> MODULES =
      List.of("atari-env", "data-pipeline", "model", "spark-jobs");

  @TempDir private Path folder;

  /** JUnit would warn of each link that leads out of its folder. */
  @AfterEach
  void unlinkSpark() throws IOException, InterruptedException {
    shell("rm -rf " + folder + "/*/target/spark-home");
  }

  @Test
  void copiedCheckoutUsesItsOwnJarsAndSettings() throws Exception {
    Path copy = copy("copy");
    String line = dryRun(copy, Map.of());
    for (String module : MODULES) {
      assertThat(line)
          .contains(copy + "/" + module + "/target/" + module + "-")
          .doesNotContain(Jowa.PROJECT + "/" + module + "/target");
    }
    assertThat(copy.resolve("target/spark-home/conf/log4j2.properties").toRealPath())
        .isEqualTo(copy.toRealPath().resolve("conf/log4j2.properties"));

    // And a copy of that copy, which has its Spark linked together already.
    Path second = folder.resolve("second");
    shell("cp -a " + copy + " " + second);
    assertThat(dryRun(second, Map.of())).contains(second + "/model/target/model-");
    assertThat(second.resolve("target/spark-home/conf/log4j2.properties").toRealPath())
        .isEqualTo(second.toRealPath().resolve("conf/log4j2.properties"));
  }

  @Test
  void nothingIsWrittenToACheckoutWhereNothingIsToBeBuilt() throws Exception {
    Path copy = copy("installed");
    dryRun(copy, Map.of());
    Path lock = copy.resolve("target/jowa-build.lock");
    // Nobody can open it for writing, not even root, who may write to what is read-only.
    Files.deleteIfExists(lock);
    Files.createDirectory(lock);
    assertThat(jowa(copy, Map.of()).run("--help").ok().out()).contains("train-tokenizer");
    dryRun(copy, Map.of());

    Files.createFile(copy.resolve("target/jowa-built"));
    Files.setLastModifiedTime(
        copy.resolve("pom.xml"), FileTime.from(Instant.now().plusSeconds(3600)));
    assertThat(jowa(copy, Map.of("JOWA_BUILD", "")).run("--help").failed(1))
        .contains("are to be built", copy + "/target can't be written", "JOWA_BUILD=never");
  }

  @Test
  void pathThatJavaAndSparkCannotUseIsRefused() throws Exception {
    for (String name : List.of("a:b", "a,b", "50%")) {
      Path copy = Files.createDirectories(folder.resolve(name));
      Files.createDirectory(copy.resolve("bin"));
      Files.copy(Jowa.PROJECT.resolve("bin/jowa"), copy.resolve("bin/jowa"));
      shell("chmod +x '" + copy + "/bin/jowa'");
      assertThat(jowa(copy, Map.of()).run("--help").failed(1)).contains(copy + ",", "move it");
    }
  }

  @Test
  void javaThatIsTooOldIsNamed() throws IOException, InterruptedException {
    Path java = Files.createDirectories(folder.resolve("old/bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n");
    shell("chmod +x " + java);
    String oldHome = folder.resolve("old").toString();
    assertThat(jowa(Jowa.PROJECT, Map.of("JAVA_HOME", oldHome)).run("--help").failed(1))
        .contains(java + " is Java 11", "JDK 17");
  }

  @Test
  void temporaryFolderReachesTheDriver() {
    assertThat(dryRun(Jowa.PROJECT, Map.of("TMPDIR", folder.toString())))
        .contains("-Djava.io.tmpdir=" + folder);
    String missing = folder.resolve("missing").toString();
    assertThat(
            jowa(Jowa.PROJECT, Map.of("TMPDIR", missing))
                .run(INGEST.toArray(String[]::new))
                .failed(2))
        .contains(missing, "TMPDIR");
  }

  @Test
  void folderWithAnUmlautIsFoundInTheCLocale() throws Exception {
    Path logs = folder.resolve("St\u00fccke/Pong/1");
    Files.createDirectories(logs.getParent());
    shell("cp -a '" + Jowa.SAMPLE.resolve("Pong/1") + "' '" + logs + "'");
    jowa(Jowa.PROJECT, Map.of("LC_ALL", "C"))
        .run("ingest", "--source", "St\u00fccke", "--out", "St\u00fccke/daten", "--lanes", "2")
        .ok();
    assertThat(folder.resolve("St\u00fccke/daten/manifest.json")).exists();
  }

  @Test
  void driverThatCannotNameAFileSaysSoBeforeItWritesAny() {
    // As a plain spark-submit would start it, in the C locale.
    String classes =
        dryRun(Jowa.PROJECT, Map.of()).replaceAll("(?s).*--driver-class-path (\\S+).*", "$1");
    ProcessBuilder driver =
        new ProcessBuilder(
            "java",
            "-cp",
            classes
                + ":"
                + Jowa.PROJECT.resolve("target/spark-home/jars")
                + "/*:"
                + Jowa.PROJECT.resolve("spark-jobs/target/classes"),
            "org.jowa.jobs.Main",
            "ingest",
            "--source=/Pong",
            "--out=" + folder.resolve("St\u00fccke"));
    driver.environment().put("LC_ALL", "C");
    assertThat(new Jowa(folder).start(driver).await().failed(2))
        .contains("this process names files in", "LC_ALL=C.UTF-8");
    assertThat(folder.toFile().list((in, name) -> name.startsWith("St"))).isEmpty();
  }

  @Test
  void driversNameFilesInUtf8WhereverTheyRun() {
    assertThat(dryRun(Jowa.PROJECT, Map.of("LC_ALL", "C"))).startsWith("LC_ALL=C.UTF-8 ");
    for (List<String> cluster :
        List.of(
            List.of("yarn", "spark.yarn.appMasterEnv."),
            List.of("k8s://https://host", "spark.kubernetes.driverEnv."))) {
      Jowa.Result dry =
          jowa(Jowa.PROJECT, Map.of())
              .run(
                  "--master=" + cluster.get(0),
                  "--deploy-mode=cluster",
                  "ingest",
                  "--source=/logs",
                  "--out=/data",
                  "--dry-run",
                  "--conf=" + cluster.get(1) + "OMP_NUM_THREADS=3")
              .ok();
      assertThat(dry.out())
          .contains("--conf " + cluster.get(1) + "LC_ALL=C.UTF-8")
          .contains(cluster.get(1) + "OMP_NUM_THREADS=3")
          .doesNotContain("OMP_NUM_THREADS=1");
    }
  }

  private String dryRun(Path checkout, Map<String, String> environment) {
    return jowa(checkout, environment)
        .run("ingest", "--source", "logs", "--out", "data", "--dry-run")
        .ok()
        .out();
  }

  private Jowa jowa(Path checkout, Map<String, String> environment) {
    return new Jowa(folder).with(checkout.resolve("bin/jowa"), environment);
  }

  /** What {@code bin/jowa} needs of a checkout that is built, with the times that it has there. */
  private Path copy(String name) throws IOException, InterruptedException {
    Path copy = Files.createDirectory(folder.resolve(name));
    shell(
        "cd "
            + Jowa.PROJECT
            + " && cp -a --parents bin/jowa pom.xml conf"
            + " {atari-env,data-pipeline,model,spark-jobs}/target/*.jar spark-jobs/target/jars.txt"
            + " deploy/spark-home/target/jars.txt "
            + copy);
    return copy;
  }

  private static void shell(String line) throws IOException, InterruptedException {
    Process process = new ProcessBuilder("bash", "-c", line).inheritIO().start();
    assertThat(process.waitFor()).as(line).isZero();
  }
}
