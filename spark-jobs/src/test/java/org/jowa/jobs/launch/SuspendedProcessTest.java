package org.jowa.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jowa.jobs.spark.SparkJobs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training in {@code local[2]} whose process is stopped for longer than any time-out of it. */
class SuspendedProcessTest {
  /** Of Spark, in the process that is stopped. */
  private static final String NETWORK_TIMEOUT = "4s";

  /** Of the ranks: one waits for the other all the time. */
  private static final int STALL_SECONDS = 10;

  private static final int STOPPED_SECONDS = 12;

  /** For what the start of both tasks leaves under way. */
  private static final long STARTED_MILLIS = 1_000;

  @Test
  void processThatWasStoppedGoesOn(@TempDir Path folder) throws Exception {
    Path log = folder.resolve("log");
    Process process = start(log);
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(out.readLine()).as(() -> logOf(log)).isEqualTo("waiting");
      signal(process, "STOP");
      assertThat(process.waitFor(STOPPED_SECONDS, TimeUnit.SECONDS)).isFalse();
      signal(process, "CONT");
      assertThat(out.readLine()).as(() -> logOf(log)).isEqualTo("sum 3.0");
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  /** Said when the test fails. */
  private static String logOf(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Process start(Path log) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-") || argument.startsWith("-D"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-Xmx512m", "-cp", System.getProperty("java.class.path"), Training.class.getName()));
    return new ProcessBuilder(command).redirectError(log.toFile()).start();
  }

  private static void signal(Process process, String name) throws Exception {
    assertThat(
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor())
        .isZero();
  }

  /** The process: rank 0 waits for rank 1, which waits for the test. */
  static final class Training {
    private Training() {}

    public static void main(String[] args) {
      System.setProperty("spark.master", "local[2]");
      System.setProperty("spark.driver.host", "localhost");
      System.setProperty("spark.network.timeout", NETWORK_TIMEOUT);
      System.setProperty("spark.network.timeoutInterval", "1s");
      Duration stall = Duration.ofSeconds(STALL_SECONDS);
      LaunchSettings settings =
          new LaunchSettings(2, List.of(2), 0, stall, stall, stall, Duration.ofSeconds(1));
      try (SparkJobs jobs = SparkJobs.start("test", 1)) {
        Double sum =
            RankLauncher.of(jobs, settings).run(RankJob.of("test", "steps", 1, Training::train));
        System.out.println("sum " + sum);
      }
    }

    private static double train(RankContext rank) throws Exception {
      // A question to Spark's driver that is under way when the process is stopped times out, and
      // a task asks some while it starts: both ranks are past that.
      rank.collective().allReduceSum(new double[1]);
      double[] values = {rank.collective().rank() + 1};
      if (rank.collective().rank() == 1) {
        Thread.sleep(STARTED_MILLIS);
        System.out.println("waiting");
        awaitGap();
        // Spark looks for silent executors once a second.
        Thread.sleep(1_500);
      }
      rank.collective().allReduceSum(values);
      return values[0];
    }

    /** Returns after this process was stopped. */
    private static void awaitGap() throws InterruptedException {
      long before = System.nanoTime();
      while (true) {
        Thread.sleep(20);
        long now = System.nanoTime();
        if (now - before > Duration.ofSeconds(STOPPED_SECONDS - 2).toNanos()) {
          return;
        }
        before = now;
      }
    }
  }
}
