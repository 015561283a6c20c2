package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * What becomes of a training on a standalone cluster when something is done to it: in the end it
 * has the bytes of the training that nothing was done to. Prints what each fault cost.
 */
@TestInstance(Lifecycle.PER_CLASS)
class FaultsIT {
  /** With fewer ranks a training ends in other bits, so it waits, however slow the machine is. */
  private static final String PATIENCE = "--set=launch.slots-wait-seconds=600";

  private static final List<String> TOKENIZER =
      List.of(
          "train-tokenizer",
          "--preset=tiny",
          "--ranks=2",
          "--threads=1",
          "--set=tokenizer.channels=8",
          "--set=tokenizer.codebook-size=64",
          "--set=tokenizer.batch-size=8",
          "--set=tokenizer.steps=40",
          "--set=checkpoint.every=10",
          "--set=metrics.every=1",
          "--set=metrics.held-out-every=0",
          PATIENCE);
  private static final List<String> WORLD =
      List.of(
          "pretrain",
          "--preset=tiny",
          "--ranks=2",
          "--threads=1",
          "--set=world.layers=2",
          "--set=world.width=32",
          "--set=world.q-width=32",
          "--set=world.batch-size=4",
          "--set=world.stage1.steps=25",
          "--set=world.stage2.steps=25",
          "--set=world.target-update-every=7",
          "--set=checkpoint.every=10",
          "--set=metrics.every=1",
          "--set=metrics.held-out-every=0",
          PATIENCE,
          "--set=launch.stall-report-seconds=1",
          // A process that is silent for half of it is taken for dead.
          "--set=launch.stall-timeout-seconds=10");

  /** Tag of what isn't run with every build. */
  private static final String LONG = "long";

  /** The step at whose beginning faults are done: there are checkpoints, and much is left to do. */
  private static final int STEP = 25;

  private static final String FINAL = "model/checkpoints/step-00000050/model.safetensors";
  private static final String FINAL_TOKENIZER =
      "tokenizer/checkpoints/step-00000040/model.safetensors";

  @TempDir private static Path folder;
  private StandaloneCluster cluster;
  private Jowa jowa;

  @BeforeAll
  void trainUndisturbed() {
    System.out.println("fault | steps done again | seconds from fault to training");
    cluster = StandaloneCluster.start(folder.resolve("cluster"), 1, 1);
    jowa = new Jowa(folder, options("--master", cluster.url()));
    jowa.run(
            "ingest",
            "--source=" + Jowa.SAMPLE,
            "--games=Breakout",
            "--steps-per-game=3000",
            "--lanes=4",
            "--out=data")
        .ok();
    jowa.run(with(TOKENIZER, "calm")).ok();
    jowa.run("tokenize", "--data=data", "--run=calm").ok();
    jowa.run(with(WORLD, "calm")).ok();
  }

  @AfterEach
  void leaveNothingBehind() {
    while (cluster.workers().size() < 2) {
      cluster.addWorker(1);
    }
    cluster.awaitIdle();
  }

  @AfterAll
  void stop() {
    cluster.close();
  }

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
    assertThat(cluster.said()).contains("Skipping checkpoint").contains("going on from");
    assertThat(training.driver().said()).contains("failed first");
  }

  /** SIGTERM, as cluster managers and people send it. */
  @Test
  void driverToldToEndSavesFirst() throws IOException {
    Path run = folder.resolve("driver-told-to-end");
    FaultyTraining training = new FaultyTraining(jowa, run, with(patient(), run.toString()));
    ProcessHandle other = awaitRank(training, 0);
    StandaloneCluster.Executor listener =
        cluster.executors().stream()
            .filter(executor -> executor.process().equals(other))
            .findFirst()
            .orElseThrow();
    try (Debugger rank = FaultyTraining.holdBefore(STEP, awaitRank(training, 1))) {
      training.faultNow();
      ChildProcess.signal(training.driver().process().pid(), "TERM");
      Pause.until(
          "a rank hears that the driver was told to end",
          Duration.ofMinutes(5),
          () -> ChildProcess.find(listener.stderr(), "(The driver was told to end)").isPresent(),
          cluster::logs);
    }
    Jowa.Result ended = training.driver().await();
    assertThat(ended.status()).as(ended.err()).isEqualTo(143);
    assertThat(ended.err()).contains("Stopped on request").contains("at step " + STEP + " of 50");
    assertThat(training.newest()).hasFileName("step-000000" + STEP);
    assertThat(ended.err()).doesNotContain("failed first");
    assertThat(run.resolve("status.json")).content().contains("STOPPED");

    training.startAgain();
    training.driver().await().ok();
    assertSame(run, FINAL);
  }

  @Test
  void secretOfTheRingIsInNoLog() throws IOException {
    Path events = Files.createDirectories(folder.resolve("events"));
    Jowa logged =
        new Jowa(
            folder,
            options(
                "--master",
                cluster.url(),
                "--conf=spark.eventLog.enabled=true",
                "--conf=spark.eventLog.compress=false",
                "--conf=spark.eventLog.dir=" + events.toUri()));
    Path run = folder.resolve("logged");
    FaultyTraining training = new FaultyTraining(logged, run, with(patient(), run.toString()));
    byte[] secret;
    try (Debugger rank = FaultyTraining.holdBefore(STEP, awaitRank(training, 1))) {
      List<byte[]> secrets = rank.bytes("org.jowa.jobs.launch.RingRanks", "secret");
      assertThat(secrets).isNotEmpty();
      secret = secrets.get(0);
      assertThat(secret).hasSize(32);
      // What failures are told with is to be searched, too.
      kill(rank);
    }
    training.driver().await().ok();
    Logs logs =
        Logs.of(cluster.folder(), events, run, training.driver().out(), training.driver().err());
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
    FaultyTraining training = new FaultyTraining(jowa, run, with(TOKENIZER, run.toString()));
    try (Debugger rank = FaultyTraining.holdBefore(STEP, awaitRank(training, 0))) {
      training.faultNow();
      kill(rank);
    }
    note("rank of the tokenizer's training killed", training.awaitRecovery());
    training.driver().await().ok();
    assertSame(run, FINAL_TOKENIZER);
  }

  @Test
  @Tag(LONG)
  void workerKilledAndReplaced() {
    harm(
        "worker killed with its executor, another one comes",
        1,
        (training, rank) -> {
          training.faultNow();
          cluster.kill(workerOf(rank));
          cluster.addWorker(1);
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
    FaultyTraining training = new FaultyTraining(jowa, run, with(WORLD, run.toString()));
    try (Debugger rank = FaultyTraining.holdBefore(STEP, awaitRank(training, 1))) {
      training.faultNow();
      training.driver().kill();
    }
    Pause.until(
        "ranks end without their driver",
        Duration.ofMinutes(5),
        () -> cluster.executors().isEmpty(),
        cluster::logs);
    training.startAgain();
    note("driver killed, the same command again", training.awaitRecovery(() -> true));
    training.driver().await().ok();
    assertSame(run, FINAL);
  }

  @Test
  @Tag(LONG)
  void connectionBetweenRanksCut() {
    harm(
        "connection between two ranks cut",
        1,
        (training, rank) -> {
          ProcessHandle other = awaitRank(training, 0);
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
      FaultyTraining training = new FaultyTraining(jowa, run, with(WORLD, run.toString()));
      try (Debugger rank = FaultyTraining.holdBefore(STEP, awaitRank(training, 1))) {
        training.awaitCheckpoint("step-00000020");
        small.fill(left);
      }
      training.awaitSaid("Starting the ranks again");
      training.faultNow();
      small.free();
      note(fault + ", from the moment that it is free again", training.awaitRecovery());
      training.driver().await().ok();
      assertSame(run, FINAL);
      return training.driver().said();
    }
  }

  @Test
  @Tag(LONG)
  void rankKilledInALocalCluster() {
    Jowa local = new Jowa(folder, options("--master=local-cluster[2,1,2048]"));
    Path run = folder.resolve("local-cluster");
    FaultyTraining training = new FaultyTraining(local, run, with(WORLD, run.toString()));
    ProcessHandle process = training.awaitRank(1, () -> training.driver().process().descendants());
    try (Debugger rank = FaultyTraining.holdBefore(STEP, process)) {
      training.faultNow();
      kill(rank);
    }
    note("rank killed, --master local-cluster[2,1,2048]", training.awaitRecovery());
    training.driver().await().ok();
    assertSame(run, FINAL);
  }

  @Test
  @Tag(LONG)
  void goesOnWithFewerRanksAndGrowsBack() throws IOException {
    Path run = folder.resolve("elastic");
    List<String> line = patient();
    line.add("--set=launch.slots-wait-seconds=30");
    FaultyTraining training = new FaultyTraining(jowa, run, with(line, run.toString()));
    try (Debugger left = FaultyTraining.attach(awaitRank(training, 0));
        Debugger lost = FaultyTraining.attach(awaitRank(training, 1))) {
      FaultyTraining.prepareStep(left, STEP);
      FaultyTraining.prepareStep(lost, STEP);
      Debugger.awaitHolds(lost, left);
      // In the attempt that it makes alone.
      FaultyTraining.prepareStep(left, 10);
      training.faultNow();
      cluster.kill(workerOf(lost));
      training.awaitSaid("Room for 1 of 2 ranks");
      left.awaitHold();
      cluster.addWorker(1);
      Pause.until(
          "the new worker has an executor",
          Duration.ofMinutes(5),
          () -> cluster.executors().size() == 2,
          cluster::logs);
      kill(left);
    }
    Jowa.Result result = training.driver().await().ok();
    assertThat(result.err()).contains("2 restarts");
    assertThat(run.resolve("config.yaml")).content().contains("ranks: 2");
    assertLosses(run);
  }

  @Test
  @Tag(LONG)
  void lossesAreThoseOfAnyWorldSize() throws IOException {
    for (int ranks : new int[] {1, 4}) {
      Jowa local = new Jowa(folder, options("--master=local-cluster[" + ranks + ",1,1024]"));
      List<String> line = new ArrayList<>(WORLD);
      line.set(line.indexOf("--ranks=2"), "--ranks=" + ranks);
      Path run = folder.resolve("ranks-" + ranks);
      local.run(with(line, run.toString())).ok();
      assertLosses(run);
    }
  }

  /** Equal up to rounding to those of the undisturbed run, step by step. */
  private static void assertLosses(Path run) throws IOException {
    List<Double> expected = FaultyTraining.losses(folder.resolve("calm"));
    List<Double> found = FaultyTraining.losses(run);
    assertThat(found).hasSameSizeAs(expected).hasSizeGreaterThan(40);
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i))
          .as("loss of step " + (i + 1))
          .isCloseTo(expected.get(i), Percentage.withPercentage(0.1));
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
    FaultyTraining training = new FaultyTraining(jowa, run, with(WORLD, run.toString()));
    try (Debugger held = FaultyTraining.holdBefore(STEP, awaitRank(training, rank))) {
      // The background writer of rank 0 is stopped with it.
      training.awaitCheckpoint(rank == 0 ? "step-00000010" : "step-00000020");
      harm.to(training, held);
      note(fault, training.awaitRecovery());
    }
    training.driver().await().ok();
    assertSame(run, FINAL);
    return training;
  }

  private ProcessHandle awaitRank(FaultyTraining training, int rank) {
    return training.awaitRank(
        rank, () -> cluster.executors().stream().map(StandaloneCluster.Executor::process));
  }

  private StandaloneCluster.Worker workerOf(Debugger rank) {
    return cluster.executors().stream()
        .filter(executor -> executor.process().equals(rank.process()))
        .map(StandaloneCluster.Executor::worker)
        .findFirst()
        .orElseThrow();
  }

  private static void kill(Debugger rank) {
    ChildProcess.signal(rank.process().pid(), "KILL");
  }

  /** A training whose ranks may be held for a while without being taken for dead. */
  private static List<String> patient() {
    List<String> line = new ArrayList<>(WORLD);
    line.add("--set=launch.stall-timeout-seconds=120");
    return line;
  }

  private static String name(String fault) {
    return fault.replaceAll("[^a-z]+", "-");
  }

  private void note(String fault, FaultyTraining.Recovery recovery) {
    System.out.printf(
        Locale.ROOT, "%s | %d | %.1f%n", fault, recovery.redone(), recovery.seconds());
  }

  private static void assertSame(Path run, String file) {
    assertThat(run.resolve(file)).hasSameBinaryContentAs(folder.resolve("calm").resolve(file));
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

  private static String[] with(List<String> command, String run) {
    List<String> line = new ArrayList<>(command);
    line.addAll(List.of("--data=data", "--run=" + run));
    if (line.get(0).equals("pretrain")) {
      line.add("--tokenizer=calm");
    }
    return line.toArray(String[]::new);
  }

  private static String[] options(String... master) {
    return Stream.concat(
            Stream.of(master),
            Stream.of(
                "--executor-memory=512m",
                "--conf=spark.executor.extraJavaOptions=" + Debugger.JVM_OPTION))
        .toArray(String[]::new);
  }
}
