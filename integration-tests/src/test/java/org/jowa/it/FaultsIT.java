package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
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
          "--set=metrics.held-out-every=0");
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
          "--set=launch.slots-wait-seconds=20",
          "--set=launch.stall-report-seconds=1",
          "--set=launch.stall-timeout-seconds=6");
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
  void rankKilledInForward() {
    killRank(
        "rank killed in the forward pass", "org.jowa.model.world.WorldActionModel", "forward", 1);
  }

  @Test
  void rankKilledInAllReduce() {
    killRank("rank killed in all-reduce", "org.jowa.model.collective.RingSender", "write", 3);
  }

  @Test
  void rankKilledWhileItWritesACheckpoint() {
    // The first file of a checkpoint is the model, the second the optimizer.
    harm(
        "rank killed while it writes a checkpoint",
        training -> {
          StandaloneCluster.Executor rank = rank(0);
          hold(rank, "org.jowa.model.checkpoint.CheckpointStore", "writeFile", 2);
          training.faultNow();
          rank.signal("KILL");
        });
  }

  private void killRank(String fault, String type, String method, int hits) {
    harm(
        fault,
        training -> {
          StandaloneCluster.Executor rank = rank(1);
          hold(rank, type, method, hits);
          training.faultNow();
          rank.signal("KILL");
        });
  }

  @Test
  void tokenizersRankKilled() throws IOException {
    Path run = folder.resolve("tokenizer-killed");
    FaultyTraining training = new FaultyTraining(jowa, run, with(TOKENIZER, run.toString()));
    training.awaitCheckpoint("tokenizer/checkpoints/step-00000020");
    StandaloneCluster.Executor rank = rank(0);
    training.faultNow();
    rank.signal("KILL");
    note("rank of the tokenizer's training killed", training.awaitRecovery());
    training.driver().await().ok();
    assertSame(run, FINAL_TOKENIZER);
  }

  @Test
  void workerKilledAndReplaced() {
    harm(
        "worker killed with its executor, another one comes",
        training -> {
          training.faultNow();
          cluster.kill(rank(1).worker());
          cluster.addWorker(1);
        });
  }

  @Test
  void stoppedRankIsReportedAndReplaced() {
    FaultyTraining training =
        harm(
            "rank stopped (SIGSTOP)",
            one -> {
              StandaloneCluster.Executor rank = rank(1);
              one.faultNow();
              rank.signal("STOP");
            });
    assertThat(training.driver().said()).contains("Rank 1", "failed first");
  }

  @Test
  void newestCheckpointDamaged() {
    harm(
        "newest checkpoint damaged, then a rank killed",
        training -> {
          StandaloneCluster.Executor rank = rank(1);
          try (Debugger held = hold(rank, "org.jowa.model.world.WorldActionModel", "forward", 1)) {
            flipByte(training.newest().resolve("model.safetensors"));
            training.faultNow();
            rank.signal("KILL");
          }
        });
  }

  @Test
  void driverKilledAndStartedAgain() throws Exception {
    Path run = folder.resolve("driver-killed");
    FaultyTraining training = new FaultyTraining(jowa, run, with(WORLD, run.toString()));
    training.awaitCheckpoint("model/checkpoints/step-00000020");
    training.faultNow();
    training.driver().kill();
    Pause.until(
        "ranks end without their driver",
        Duration.ofSeconds(30),
        () -> cluster.executors().isEmpty(),
        cluster::logs);
    training.startAgain();
    note("driver killed, the same command again", training.awaitRecovery(() -> true));
    training.driver().await().ok();
    assertSame(run, FINAL);
  }

  @Test
  void connectionBetweenRanksCut() {
    harm(
        "connection between two ranks cut",
        training -> {
          ProcessHandle one = rank(0).process();
          ProcessHandle other = rank(1).process();
          training.faultNow();
          Connections.cut(one.pid(), other.pid());
        });
  }

  @Test
  void diskFullDuringACheckpoint() {
    Path disk = folder.resolve("disk");
    try (SmallDisk small = SmallDisk.mount(disk, "8m")) {
      Path run = disk.resolve("run");
      FaultyTraining training = new FaultyTraining(jowa, run, with(WORLD, run.toString()));
      training.awaitCheckpoint("model/checkpoints/step-00000020");
      small.fill();
      training.awaitSaid("Going on after ");
      training.faultNow();
      small.free();
      note("disk full, time from the moment that it is free again", training.awaitRecovery());
      training.driver().await().ok();
      assertSame(run, FINAL);
    }
  }

  @Test
  void rankKilledInALocalCluster() {
    Jowa local = new Jowa(folder, options("--master=local-cluster[2,1,2048]"));
    Path run = folder.resolve("local-cluster");
    FaultyTraining training = new FaultyTraining(local, run, with(WORLD, run.toString()));
    training.awaitCheckpoint("model/checkpoints/step-00000020");
    ProcessHandle rank =
        training
            .driver()
            .process()
            .descendants()
            .filter(process -> FaultyTraining.isRank(process, 1))
            .findFirst()
            .orElseThrow();
    training.faultNow();
    ChildProcess.signal(rank.pid(), "KILL");
    note("rank killed, --master local-cluster[2,1,2048]", training.awaitRecovery());
    training.driver().await().ok();
    assertSame(run, FINAL);
  }

  @Test
  void goesOnWithFewerRanksAndGrowsBack() throws IOException {
    Path run = folder.resolve("elastic");
    List<String> impatient = new ArrayList<>(WORLD);
    impatient.add("--set=launch.slots-wait-seconds=3");
    FaultyTraining training = new FaultyTraining(jowa, run, with(impatient, run.toString()));
    training.awaitCheckpoint("model/checkpoints/step-00000010");
    training.faultNow();
    cluster.kill(rank(1).worker());
    training.awaitSaid("Room for 1 of 2 ranks");
    StandaloneCluster.Executor left = rank(0);
    try (Debugger held = hold(left, "org.jowa.model.world.WorldActionModel", "forward", 12)) {
      cluster.addWorker(1);
      Pause.until(
          "the new worker has an executor",
          Duration.ofSeconds(60),
          () -> cluster.executors().size() == 2,
          cluster::logs);
      left.signal("KILL");
    }
    Jowa.Result result = training.driver().await().ok();
    assertThat(result.err()).contains("2 restarts");
    assertThat(run.resolve("config.yaml")).content().contains("ranks: 2");
    assertLosses(run);
  }

  @Test
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

  /** Does harm to a training that has a checkpoint, and sees it end as if nothing had happened. */
  private FaultyTraining harm(String fault, Consumer<FaultyTraining> harm) {
    Path run = folder.resolve(fault.replaceAll("[^a-z]+", "-"));
    FaultyTraining training = new FaultyTraining(jowa, run, with(WORLD, run.toString()));
    training.awaitCheckpoint("model/checkpoints/step-00000020");
    harm.accept(training);
    note(fault, training.awaitRecovery());
    training.driver().await().ok();
    assertSame(run, FINAL);
    return training;
  }

  private StandaloneCluster.Executor rank(int rank) {
    return FaultyTraining.rank(cluster.executors(), rank);
  }

  private static Debugger hold(
      StandaloneCluster.Executor rank, String type, String method, int hits) {
    Debugger debugger = Debugger.attach(rank.said(Debugger.PORT_PATTERN));
    debugger.holdAt(type, method, hits);
    return debugger;
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
