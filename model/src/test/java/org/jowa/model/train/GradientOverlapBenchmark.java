package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.RingDoor;
import org.jowa.model.collective.RingOptions;
import org.jowa.model.loss.LossSettings;
import org.jowa.model.loss.Penalty;
import org.jowa.model.tokenizer.TokenizerConfig;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.Dropouts;
import org.jowa.model.world.TdLoss;
import org.jowa.model.world.WorldConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Measures what it brings to send gradients while others are computed: two ranks, each a process
 * with one thread, joined by a TCP ring, on whole steps of preset 40m. Run by its name only:
 *
 * <pre>
 * mvn -pl model -am -Dtest=GradientOverlapBenchmark -Dsurefire.failIfNoSpecifiedTests=false test
 * </pre>
 */
class GradientOverlapBenchmark {
  private static final int RANKS = 2;
  private static final int WARM_UP = 2;
  private static final int ROUNDS = 8;
  private static final int SEQUENCES = 8;
  private static final int FRAMES = 32;
  private static final int CODES = 2048;

  /** What is done with the gradients of a step. */
  private record Variant(String name, int bucketMib, boolean overlap) {}

  private static final List<Variant> VARIANTS =
      List.of(
          new Variant("one bucket", 1024, false),
          new Variant("16 MiB, at the end", 16, false),
          new Variant("16 MiB, overlapped", 16, true),
          new Variant("4 MiB, overlapped", 4, true));

  @ParameterizedTest
  @ValueSource(strings = {"world", "tokenizer"})
  void measure(String model) throws IOException, InterruptedException {
    List<Process> ranks = new ArrayList<>();
    try {
      for (int rank = 0; rank < RANKS; rank++) {
        ranks.add(start(rank, model));
      }
      List<BufferedReader> outputs = ranks.stream().map(GradientOverlapBenchmark::reader).toList();
      List<String> addresses = new ArrayList<>();
      for (BufferedReader output : outputs) {
        addresses.add(output.readLine());
      }
      for (Process rank : ranks) {
        PrintStream in = new PrintStream(rank.getOutputStream(), true, StandardCharsets.UTF_8);
        in.println(String.join(" ", addresses));
      }
      String report = String.join("\n", outputs.get(0).lines().toList());
      System.out.println(report);
      for (Process rank : ranks) {
        assertThat(rank.waitFor()).isZero();
      }
      assertThat(report.lines()).hasSize(VARIANTS.size());
    } finally {
      ranks.forEach(Process::destroyForcibly);
    }
  }

  private static BufferedReader reader(Process process) {
    return new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  private static Process start(int rank, String model) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-opens"))
        .forEach(command::add);
    command.addAll(List.of("-Xmx1g", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(GradientOverlapBenchmark.class.getName(), String.valueOf(rank), model));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  /** A rank: prints where it listens, reads where all listen, measures; rank 0 prints. */
  public static void main(String[] arguments) throws IOException {
    int rank = Integer.parseInt(arguments[0]);
    try (RingDoor door = RingDoor.listen("127.0.0.1")) {
      System.out.println(door.address());
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      List<String> addresses = List.of(in.readLine().split(" "));
      byte[] secret = "benchmark of the gradients".getBytes(StandardCharsets.UTF_8);
      RingOptions options = RingOptions.of(Duration.ofMinutes(5), warning -> {});
      TorchRuntime.init();
      TorchRuntime.setThreads(1);
      try (Collective collective = door.join(rank, addresses, secret, options);
          Learner learner = learner(collective, arguments[1])) {
        double[][] millis = measure(collective, learner);
        for (int variant = 0; rank == 0 && variant < VARIANTS.size(); variant++) {
          Arrays.sort(millis[variant]);
          System.out.printf(
              "%s, %s: median %.0f ms, min %.0f ms of %d steps, %d MiB of gradients%n",
              arguments[1],
              VARIANTS.get(variant).name(),
              millis[variant][ROUNDS / 2],
              millis[variant][0],
              ROUNDS,
              learner.parameters().gradients().numel() * Float.BYTES >> 20);
        }
        collective.barrier();
      }
    }
  }

  /** Variants take turns, so that whatever else the machine does meets all alike. */
  private static double[][] measure(Collective collective, Learner learner) {
    List<GradientSum> sums =
        VARIANTS.stream()
            .map(
                variant ->
                    new GradientSum(
                        collective,
                        learner.parameters().gradients(),
                        variant.bucketMib() * ((1L << 20) / Float.BYTES),
                        variant.overlap()))
            .toList();
    double[][] millis = new double[sums.size()][ROUNDS];
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      for (int variant = 0; variant < sums.size(); variant++) {
        collective.barrier();
        long begun = System.nanoTime();
        double[] counts = learner.read(round + WARM_UP);
        collective.allReduceSum(counts);
        learner.parameters().zeroGradients();
        learner.accumulate(round + WARM_UP, counts, sums.get(variant).begin());
        sums.get(variant).finish();
        learner.optimizer().step(1.0);
        if (round >= 0) {
          millis[variant][round] = (System.nanoTime() - begun) * 1e-6;
        }
      }
    }
    sums.forEach(GradientSum::close);
    return millis;
  }

  private static Learner learner(Collective collective, String model) {
    TrainContext context =
        new TrainContext(
            collective,
            new TrainSettings(0, 1, RANKS, 16, true, 1000, 1, 1000, 0, 1),
            new RunPaths("unused"),
            new Configuration(false),
            Map.of(),
            Optional.empty(),
            new StopSignal(),
            TrainListener.NONE);
    if (model.equals("tokenizer")) {
      return TokenizerLearner.create(
          context,
          new TokenizerSettings(
              new TokenizerConfig(64, 512, 512, CODES), 1000, FRAMES, 1e-4, 1, Optional.empty()),
          new MadeUpFrames(FRAMES, collective.rank(), RANKS),
          Optional.empty());
    }
    Learner learner =
        WorldLearner.create(
            context,
            new WorldSettings(
                new WorldConfig(
                    4,
                    8,
                    512,
                    768,
                    1,
                    CODES,
                    8,
                    Dropouts.REFERENCE,
                    true,
                    true,
                    TdLoss.C51,
                    51,
                    -10,
                    30),
                SEQUENCES,
                0,
                0.01,
                1,
                1000,
                LossSettings.withQ(0.1, 0.99, Penalty.CQL, 0.1, false),
                new WorldSettings.Stage1(0, 1e-4),
                new WorldSettings.Stage2(1000, 1e-4, 1e-4)),
            new MadeUpSequences(SEQUENCES, CODES, collective.rank(), RANKS, 0),
            Optional.empty());
    learner.prepare(0);
    return learner;
  }
}
