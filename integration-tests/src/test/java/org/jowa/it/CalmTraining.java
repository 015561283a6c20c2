package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;

/**
 * A tokenizer and a world model, trained by two ranks on a standalone cluster while nothing was
 * done to them: what trainings that something is done to are compared with.
 */
final class CalmTraining implements AutoCloseable {
  /** With fewer ranks a training ends in other bits, so it waits, however slow the machine is. */
  private static final String PATIENCE = "--set=launch.slots-wait-seconds=600";

  static final List<String> TOKENIZER =
      SmallTraining.tokenizer(
          "--ranks=2",
          "--set=tokenizer.steps=40",
          "--set=checkpoint.every=10",
          "--set=metrics.every=1",
          "--set=metrics.held-out-every=0",
          PATIENCE);
  static final List<String> WORLD =
      SmallTraining.world(
          "--ranks=2",
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

  /** The step at whose beginning faults are done: there are checkpoints, and much is left to do. */
  static final int STEP = 25;

  static final String FINAL = "model/checkpoints/step-00000050/model.safetensors";
  static final String FINAL_TOKENIZER = "tokenizer/checkpoints/step-00000040/model.safetensors";

  private final Path folder;
  private final StandaloneCluster cluster;
  private final Jowa jowa;

  private CalmTraining(Path folder) {
    this.folder = folder;
    this.cluster = StandaloneCluster.start(folder.resolve("cluster"), 1, 1);
    this.jowa = at("--master", cluster.url());
  }

  /** Starts the cluster in a folder, and trains. */
  static CalmTraining run(Path folder) {
    CalmTraining calm = new CalmTraining(folder);
    calm.train();
    return calm;
  }

  private void train() {
    jowa.run(SmallTraining.ingest("Breakout", 3000, 4, "data")).ok();
    jowa.run(with(TOKENIZER, "calm")).ok();
    jowa.run("tokenize", "--data=data", "--run=calm").ok();
    jowa.run(with(WORLD, "calm")).ok();
  }

  StandaloneCluster cluster() {
    return cluster;
  }

  /** Commands that run with a master, in the same folder. */
  Jowa at(String... master) {
    return new Jowa(
        folder,
        Stream.concat(
                Stream.of(master),
                Stream.of(
                    "--executor-memory=512m",
                    "--conf=spark.executor.extraJavaOptions=" + Debugger.JVM_OPTION))
            .toArray(String[]::new));
  }

  /**
   * Starts the same training as another run, on the cluster.
   *
   * @param command {@link #WORLD} or {@link #TOKENIZER}, with changes
   */
  FaultyTraining start(List<String> command, Path run) {
    return start(jowa, command, run);
  }

  FaultyTraining start(Jowa where, List<String> command, Path run) {
    return new FaultyTraining(where, run, with(command, run.toString()));
  }

  static String[] with(List<String> command, String run) {
    List<String> line = new ArrayList<>(command);
    line.addAll(List.of("--data=data", "--run=" + run));
    if (line.get(0).equals("pretrain")) {
      line.add("--tokenizer=calm");
    }
    return line.toArray(String[]::new);
  }

  /** {@link #WORLD}, whose ranks may be held for a while without being taken for dead. */
  static List<String> patient() {
    List<String> line = new ArrayList<>(WORLD);
    line.add("--set=launch.stall-timeout-seconds=120");
    return line;
  }

  ProcessHandle awaitRank(FaultyTraining training, int rank) {
    return training.awaitRank(
        rank, () -> cluster.executors().stream().map(StandaloneCluster.Executor::process));
  }

  StandaloneCluster.Worker workerOf(Debugger rank) {
    return cluster.executors().stream()
        .filter(executor -> executor.process().equals(rank.process()))
        .map(StandaloneCluster.Executor::worker)
        .findFirst()
        .orElseThrow();
  }

  static void kill(Debugger rank) {
    ChildProcess.signal(rank.process().pid(), "KILL");
  }

  /** Prints what a fault cost. */
  static void note(String fault, FaultyTraining.Recovery recovery) {
    System.out.printf(
        Locale.ROOT, "%s | %d | %.1f%n", fault, recovery.redone(), recovery.seconds());
  }

  /**
   * @param file of both run folders
   */
  void assertSame(Path run, String file) {
    assertThat(run.resolve(file)).hasSameBinaryContentAs(folder.resolve("calm").resolve(file));
  }

  /** Losses are equal up to rounding, step by step. */
  void assertLosses(Path run) throws IOException {
    List<Double> expected = FaultyTraining.losses(folder.resolve("calm"));
    List<Double> found = FaultyTraining.losses(run);
    assertThat(found).hasSameSizeAs(expected).hasSizeGreaterThan(40);
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i))
          .as("loss of step " + (i + 1))
          .isCloseTo(expected.get(i), Percentage.withPercentage(0.1));
    }
  }

  /** Makes the cluster as it was. */
  void mend() {
    while (cluster.workers().size() < 2) {
      cluster.addWorker(1);
    }
    cluster.awaitIdle();
  }

  @Override
  public void close() {
    cluster.close();
  }
}
