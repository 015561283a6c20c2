package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs {@code bin/jowa} as a user does, with the jars that Maven has just packaged. */
final class Jowa {
  static final Path PROJECT = Path.of(System.getProperty("jowa.project"));
  static final Path SAMPLE = PROJECT.resolve("integration-tests/dqn-replay-sample");

  private static final long TIMEOUT_MINUTES = 10;

  private final Path folder;

  /**
   * @param folder where commands run and leave their output
   */
  Jowa(Path folder) {
    this.folder = folder;
  }

  /**
   * How a command ended.
   *
   * @param out standard output
   * @param err standard error
   */
  record Result(int status, String out, String err) {
    /** Asserts success. */
    Result ok() {
      assertThat(status).as("exit status; standard error: %s", err).isZero();
      return this;
    }

    /** Asserts a failure that is reported by one line, and returns it. */
    String failed(int expected) {
      List<String> report = err.lines().filter(line -> line.startsWith("jowa: ")).toList();
      assertThat(status).as("exit status; standard error: %s", err).isEqualTo(expected);
      assertThat(report).as("report in standard error: %s", err).hasSize(1);
      assertThat(err).doesNotContain("\tat ");
      return report.get(0);
    }
  }

  /** Runs a command to its end. */
  Result run(String... arguments) {
    try {
      Running running = start(arguments);
      if (!running.process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
        running.process.destroyForcibly();
        throw new AssertionError("Still running: " + String.join(" ", arguments));
      }
      return new Result(
          running.process.exitValue(),
          Files.readString(running.out),
          Files.readString(running.err));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A command that runs; its process is the driver's JVM, there is no shell between. */
  record Running(Process process, Path out, Path err) {
    /** Ends it as {@code kill -9} does. */
    void kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }
  }

  Running start(String... arguments) throws IOException {
    List<String> words = new ArrayList<>(List.of(PROJECT.resolve("bin/jowa").toString()));
    words.addAll(List.of(arguments));
    Path out = Files.createTempFile(folder, "stdout", ".txt");
    Path err = Files.createTempFile(folder, "stderr", ".txt");
    ProcessBuilder builder = new ProcessBuilder(words).directory(folder.toFile());
    builder.environment().put("JOWA_BUILD", "never");
    builder.environment().remove("SPARK_HOME");
    return new Running(
        builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start(), out, err);
  }
}
