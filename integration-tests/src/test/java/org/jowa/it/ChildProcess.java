package org.jowa.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A process that a test starts, what it says kept in a file; ended with all that it started. */
final class ChildProcess implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(5);
  private static final int TAIL = 40;

  private final Process process;
  private final Path log;

  private ChildProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  static ChildProcess start(Path log, List<String> command, Map<String, String> environment) {
    try {
      ProcessBuilder builder = new ProcessBuilder(command).directory(log.getParent().toFile());
      builder.environment().putAll(environment);
      builder.redirectErrorStream(true).redirectOutput(log.toFile());
      return new ChildProcess(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until a line of its log has the pattern, and returns the pattern's group. */
  String awaitLine(String pattern) {
    Pause.until(
        "it says '" + pattern + "'",
        START,
        () -> {
          boolean alive = process.isAlive();
          boolean said = find(log, pattern).isPresent();
          if (!alive && !said) {
            throw new AssertionError("Ended before it said '%s':%n%s".formatted(pattern, tail()));
          }
          return said;
        },
        this::tail);
    return find(log, pattern).orElseThrow();
  }

  /** The last group of a pattern in a log. */
  static Optional<String> find(Path log, String pattern) {
    Matcher found = Pattern.compile(pattern).matcher(text(log));
    return found.find() ? Optional.of(found.group(found.groupCount())) : Optional.empty();
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** All that it said so far. */
  String text() {
    return text(log);
  }

  /** The last lines of what it said. */
  String tail() {
    return tail(log);
  }

  static String tail(Path log) {
    List<String> lines = text(log).lines().toList();
    return "%s:%n%s"
        .formatted(
            log, String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL), lines.size())));
  }

  static String text(Path log) {
    try {
      return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  /** Sends a signal to a process: KILL, STOP, CONT, TERM. */
  static void signal(long pid, String name) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).inheritIO().start();
      if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
        throw new AssertionError("kill -" + name + " " + pid + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Ends it and all processes that it started, as {@code kill -9} does. */
  @Override
  public void close() {
    List<ProcessHandle> all = Stream.concat(Stream.of(handle()), handle().descendants()).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(one -> one.onExit().orTimeout(10, TimeUnit.SECONDS).join());
  }
}
