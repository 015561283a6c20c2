package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jowa.it.CalmTraining.FINAL;
import static org.jowa.it.CalmTraining.FINAL_TOKENIZER;
import static org.jowa.it.CalmTraining.STEP;
import static org.jowa.it.CalmTraining.TOKENIZER;
import static org.jowa.it.CalmTraining.WORLD;
import static org.jowa.it.CalmTraining.kill;
import static org.jowa.it.CalmTraining.note;
import static org.jowa.it.CalmTraining.patient;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What becomes of a training on a standalone cluster when something is done to it: in the end it
 * has the bytes of the training that nothing was done to. Prints what each fault cost.
 */
class FaultsIT extends BesideCalmTraining {
  /** Tag of what isn't run with every build. */
  private static final String LONG = "long";

  @Test
  void rankKilledInAllReduce() {
    harm(
        "rank killed in all-reduce",
        1,
        (training, rank) -> {
          rank.holdAt("org.jowa.model.collective.RingSender", "write", 3);
          training.faultNow();
          kill(rank);
        });
  }

  @Test
  void newestCheckpointDamaged() {
    FaultyTraining training =
        harm(
            "newest checkpoint damaged, then a rank killed",
            1,
            (one, rank) -> {
              flipByte(one.newest().resolve("model.safetensors"));
              one.faultNow();
              kill(rank);
            });
    // Which rank 0 found, so the word is in its log.
    assertThat(calm.cluster().said()).contains("Skipping checkpoint").contains("going on from");
    assertThat(training.driver().said()).contains("failed first");
  }

  /** SIGTERM, as cluster managers and people send it. */
  @Test
  void driverToldToEndSavesFirst() throws IOException {
    Path run = folder.resolve("driver-told-to-end");
    FaultyTraining training = calm.start(patient(), run);
    ProcessHandle other = calm.awaitRank(training, 0);
    StandaloneCluster.Executor listener =
        calm.cluster().executors().stream()
            .filter(executor -> executor.process().equals(other))
            .findFirst()
            .orElseThrow();
    try (Debugger rank = FaultyTraining.holdBefore(STEP, calm.awaitRank(training, 1))) {
      training.faultNow();
      ChildProcess.signal(training.driver().process().pid(), "TERM");
      Pause.until(
          "a rank hears that the driver is shutting down",
          Duration.ofMinutes(5),
          () -> ChildProcess.find(listener.stderr(), "(The driver is shutting down)").isPresent(),
          calm.cluster()::logs);
    }
    Jowa.Result ended = training.driver().await();
    assertThat(ended.status()).as(ended.err()).isEqualTo(143);
    assertThat(ended.err()).contains("Stopped on request").contains("at step " + STEP + " of 50");
    assertThat(training.newest()).hasFileName("step-000000" + STEP);
    assertThat(ended.err()).doesNotContain("failed first");
    assertThat(run.resolve("status.json")).content().contains("STOPPED");

    training.startAgain();
    training.driver().await().ok();
    calm.assertSame(run, FINAL);
  }

  @Test
  void secretOfTheRingIsInNoLog() throws IOException {
    Path events = Files.createDirectories(folder.resolve("events"));
    Jowa logged =
        calm.at(
            "--master",
            calm.cluster().url(),
            "--conf=spark.eventLog.enabled=true",
            "--conf=spark.eventLog.compress=false",
            "--conf=spark.eventLog.dir=" + events.toUri());
    Path run = folder.resolve("logged");
    FaultyTraining training = calm.start(logged, patient(), run);
    byte[] secret;
    try (Debugger rank = FaultyTraining.holdBefore(STEP, calm.awaitRank(training, 1))) {
      List<byte[]> secrets = rank.bytes("org.jowa.jobs.launch.RingRanks", "secret");
      assertThat(secrets).isNotEmpty();
      secret = secrets.get(0);
      assertThat(secret).hasSize(32);
      // What failures are told with is to be searched, too.
      kill(rank);
    }
    training.driver().await().ok();
    Logs logs =
        Logs.of(
            calm.cluster().folder(), events, run, training.driver().out(), training.driver().err());
    String application =
        FaultyTraining.find(Files.readString(run.resolve("status.json")), "(app-\\d+-\\d+)");
    assertThat(logs.with(application)).as("logs that name the application").hasSizeGreaterThan(3);
    assertThat(logs.with("SparkListenerTaskEnd")).as("event logs").isNotEmpty();
    assertThat(logs.with("failed first")).as("the driver's words").isNotEmpty();
    for (String form : Logs.forms(secret)) {
      assertThat(logs.with(form)).isEmpty();
    }
  }

  @Test
  @Tag(LONG)
  void rankKilledInForward() {
    harm(
        "rank killed in the forward pass",
        1,
        (training, rank) -> {
          rank.holdAt("org.jowa.model.world.WorldActionModel", "forward", 1);
          training.faultNow();
          kill(rank);
        });
  }

  @Test
  @Tag(LONG)
  void rankKilledWhileItWritesACheckpoint() {
    // The first file of a checkpoint is the model, the second the optimizer.
    harm(
        "rank killed while it writes a checkpoint",
        0,
        (training, rank) -> {
          rank.holdAt("org.jowa.model.checkpoint.CheckpointStore", "writeFile", 2);
          training.faultNow();
          kill(rank);
        });
  }

  @Test
  @Tag(LONG)
  void tokenizersRankKilled() {
    Path run = folder.resolve("tokenizer-killed");
    FaultyTraining training = calm.start(TOKENIZER, run);
    try (Debugger rank = FaultyTraining.holdBefore(STEP, calm.awaitRank(training, 0))) {
      training.faultNow();
      kill(rank);
    }
    note("rank of the tokenizer's training killed", training.awaitRecovery());
    training.driver().await().ok();
    calm.assertSame(run, FINAL_TOKENIZER);
  }

  @Test
  @Tag(LONG)
  void workerKilledAndReplaced() {
    harm(
        "worker killed with its executor, another one comes",
        1,
        (training, rank) -> {
          training.faultNow();
          calm.cluster().kill(calm.workerOf(rank));
          calm.cluster().addWorker(1);
        });
  }

  @Test
  @Tag(LONG)
  void stoppedRankIsReportedAndReplaced() {
    FaultyTraining training =
        harm(
            "rank stopped (SIGSTOP)",
            1,
            (one, rank) -> {
              one.faultNow();
              ChildProcess.signal(rank.process().pid(), "STOP");
            });
    assertThat(training.driver().said()).contains("Rank 1", "failed first");
  }

  @Test
  @Tag(LONG)
  void driverKilledAndStartedAgain() throws Exception {
    Path run = folder.resolve("driver-killed");
    FaultyTraining training = calm.start(WORLD, run);
    try (Debugger rank = FaultyTraining.holdBefore(STEP, calm.awaitRank(training, 1))) {
      training.faultNow();
      training.driver().kill();
    }
    Pause.until(
        "ranks end without their driver",
        Duration.ofMinutes(5),
        () -> calm.cluster().executors().isEmpty(),
        calm.cluster()::logs);
    training.ranksEnded();
    training.startAgain();
    note("driver killed, the same command again", training.awaitRecovery(() -> true));
    training.driver().await().ok();
    calm.assertSame(run, FINAL);
  }

  @Test
  @Tag(LONG)
  void connectionBetweenRanksCut() {
    harm(
        "connection between two ranks cut",
        1,
        (training, rank) -> {
          ProcessHandle other = calm.awaitRank(training, 0);
          training.faultNow();
          Connections.cut(other.pid(), rank.process().pid());
          rank.close();
        });
  }

  @Test
  @Tag(LONG)
  void diskFullDuringACheckpoint() {
    // Room for some lines of metrics, but not for weights.
    String said = fillDisk("disk full during a checkpoint", 64 << 10);
    assertThat(said).contains("Cannot write checkpoint", "No space left on device");
  }

  @Test
  @Tag(LONG)
  void diskFullToTheLastByte() {
    String said = fillDisk("disk full to the last byte", 0);
    assertThat(said).contains("Cannot write", "No space left on device");
  }

  /** Fills the disk of a run and frees it when the driver has found out; returns its words. */
  private String fillDisk(String fault, long left) {
    Path disk = folder.resolve(name(fault));
    try (SmallDisk small = SmallDisk.mount(disk, "8m")) {
      Path run = disk.resolve("run");
      FaultyTraining training = calm.start(WORLD, run);
      try (Debugger rank = FaultyTraining.holdBefore(STEP, calm.awaitRank(training, 1))) {
        training.awaitCheckpoint("step-00000020");
        small.fill(left);
      }
      training.awaitSaid("Starting the ranks again");
      training.faultNow();
      small.free();
      note(fault + ", from the moment that it is free again", training.awaitRecovery());
      training.driver().await().ok();
      calm.assertSame(run, FINAL);
      return training.driver().said();
    }
  }

  /** Done to a training while one of its ranks is stopped. */
  @FunctionalInterface
  private interface Harm {
    void to(FaultyTraining training, Debugger rank);
  }

  /** Does harm to a training that has a checkpoint, and sees it end as if nothing had happened. */
  private FaultyTraining harm(String fault, int rank, Harm harm) {
    Path run = folder.resolve(name(fault));
    FaultyTraining training = calm.start(WORLD, run);
    try (Debugger held = FaultyTraining.holdBefore(STEP, calm.awaitRank(training, rank))) {
      // The background writer of rank 0 is stopped with it.
      training.awaitCheckpoint(rank == 0 ? "step-00000010" : "step-00000020");
      harm.to(training, held);
      note(fault, training.awaitRecovery());
    }
    training.driver().await().ok();
    calm.assertSame(run, FINAL);
    return training;
  }

  private static String name(String fault) {
    return fault.replaceAll("[^a-z]+", "-");
  }

  private static void flipByte(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
