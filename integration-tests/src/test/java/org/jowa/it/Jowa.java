package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs {@code bin/jowa} as a user does, with the jars that Maven has just packaged. */
final class Jowa {
  static final Path PROJECT = Path.of(System.getProperty("jowa.project"));
  static final Path SAMPLE = PROJECT.resolve("integration-tests/dqn-replay-sample");

  private static final long TIMEOUT_MINUTES = 10;

  private final Path folder;
  private final List<String> options;
  private final Path script;
  private final Map<String, String> environment;

  /**
   * @param folder where commands run and leave their output
   * @param options that every command is given after its own
   */
  Jowa(Path folder, String... options) {
    this(folder, List.of(options), PROJECT.resolve("bin/jowa"), Map.of());
  }

  private Jowa(Path folder, List<String> options, Path script, Map<String, String> environment) {
    this.folder = folder;
    this.options = options;
    this.script = script;
    this.environment = environment;
  }

  /** The same, of another installation and with variables of its own. */
  Jowa with(Path otherScript, Map<String, String> otherEnvironment) {
    return new Jowa(folder, options, otherScript, otherEnvironment);
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
    return start(arguments).await();
  }

  Result run(List<String> arguments) {
    return run(arguments.toArray(String[]::new));
  }

  /** A command that runs; its process is the driver's JVM, there is no shell between. */
  record Running(Process process, Path out, Path err) {
    /** Ends it as {@code kill -9} does. */
    void kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }

    /** What it said on standard error so far. */
    String said() {
      try {
        return Files.readString(err);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Waits for its end. */
    Result await() {
      try {
        if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
          process.destroyForcibly();
          throw new AssertionError("Still running; standard error: " + said());
        }
        return new Result(process.exitValue(), Files.readString(out), said());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Starts a command, which goes on while the test does. */
  Running start(String... arguments) {
    List<String> words = new ArrayList<>(List.of(script.toString()));
    words.addAll(List.of(arguments));
    words.addAll(options);
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().put("JOWA_BUILD", "never");
    builder.environment().remove("SPARK_HOME");
    builder.environment().putAll(environment);
    return start(builder);
  }

  /** Starts any other process in the folder. */
  Running start(ProcessBuilder builder) {
    try {
      Path out = Files.createTempFile(folder, "stdout", ".txt");
      Path err = Files.createTempFile(folder, "stderr", ".txt");
      builder.directory(folder.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
      return new Running(builder.start(), out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
