package org.jowa.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A training that a test does harm to, watched from outside: by its run folder, by what the driver
 * says, and by the threads of its processes.
 */
final class FaultyTraining {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private final Jowa jowa;
  private final String[] line;
  private final Path run;
  private Jowa.Running running;
  private long faultNanos;
  private long stepsBefore;

  /**
   * What a fault cost.
   *
   * @param seconds from the fault to the first step after it
   * @param redone steps that were done and then done again
   */
  record Recovery(double seconds, long redone) {}

  /**
   * @param run folder of the run
   * @param line the command
   */
  FaultyTraining(Jowa jowa, Path run, String... line) {
    this.jowa = jowa;
    this.run = run;
    this.line = line;
    this.running = jowa.start(line);
  }

  /** Gives the same command again. */
  void startAgain() {
    running = jowa.start(line);
  }

  Jowa.Running driver() {
    return running;
  }

  /** Waits for a checkpoint by the name of its folder. */
  void awaitCheckpoint(String name) {
    String checkpoint = (isWorld() ? "model" : "tokenizer") + "/checkpoints/" + name;
    Path mark = run.resolve(checkpoint).resolve("state.json");
    await("there is " + mark, () -> Files.exists(mark));
  }

  /** Waits until the driver has said a text. */
  void awaitSaid(String text) {
    await("the driver says: " + text, () -> running.said().contains(text));
  }

  /**
   * Waits until a rank's process is there.
   *
   * @param processes asked again and again
   */
  ProcessHandle awaitRank(int rank, Supplier<Stream<ProcessHandle>> processes) {
    AtomicReference<ProcessHandle> found = new AtomicReference<>();
    await(
        "there is a rank " + rank,
        () -> {
          processes
              .get()
              .filter(process -> isRank(process, rank))
              .findFirst()
              .ifPresent(found::set);
          return found.get() != null;
        });
    return found.get();
  }

  /** A debugger at a rank's process. */
  static Debugger attach(ProcessHandle rank) {
    // Spark keeps what an executor says where it runs.
    Path stdout = Path.of("/proc", Long.toString(rank.pid()), "cwd", "stdout");
    return Debugger.attach(
        rank,
        ChildProcess.find(stdout, Debugger.PORT_PATTERN)
            .orElseThrow(() -> new AssertionError(ChildProcess.tail(stdout))));
  }

  /** Lets a rank run until it begins a step, the first one from now on being 1. */
  static void prepareStep(Debugger rank, int step) {
    rank.prepare("org.jowa.model.train.TrainingLoop", "step", step);
  }

  /**
   * Stops a rank at the beginning of a step, wherever the others are then.
   *
   * @param step from 1
   */
  static Debugger holdBefore(int step, ProcessHandle rank) {
    Debugger debugger = attach(rank);
    prepareStep(debugger, step);
    debugger.awaitHold();
    return debugger;
  }

  private void await(String what, BooleanSupplier reached) {
    Pause.until(
        what,
        LIMIT,
        () -> {
          if (reached.getAsBoolean()) {
            return true;
          }
          if (!running.process().isAlive() && !reached.getAsBoolean()) {
            throw new AssertionError("The command ended before " + what + ": " + running.said());
          }
          return false;
        },
        running::said);
  }

  /** To be said right before the fault. */
  void faultNow() {
    ranksEnded();
    faultNanos = System.nanoTime();
  }

  /** To be said when ranks that went on for some time after the fault have ended. */
  void ranksEnded() {
    stepsBefore = lastStep();
  }

  /** Waits until a step was done by ranks that were started after the fault. */
  Recovery awaitRecovery() {
    return awaitRecovery(() -> running.said().contains("Starting the ranks again"));
  }

  /**
   * @param restarting whether the ranks from before the fault are gone
   */
  Recovery awaitRecovery(BooleanSupplier restarting) {
    await("ranks are started again", restarting);
    // Ranks drop the lines of steps that they do again, and then add the first one.
    long changed = modified();
    long[] resumed = {Long.MAX_VALUE};
    Pause.until(
        "a step is done again",
        LIMIT,
        () -> {
          long last = modified() > changed ? lastStep() : 0;
          resumed[0] = last > 0 ? Math.min(resumed[0], last) : resumed[0];
          return last > resumed[0] || !running.process().isAlive();
        },
        running::said);
    double seconds = (System.nanoTime() - faultNanos) * 1e-9;
    return new Recovery(seconds, Math.max(0, stepsBefore - resumed[0]));
  }

  private long modified() {
    try {
      return Files.getLastModifiedTime(run.resolve("metrics.jsonl")).toMillis();
    } catch (IOException e) {
      return 0;
    }
  }

  /** Folder of the newest whole checkpoint of what is trained. */
  Path newest() {
    Path checkpoints = run.resolve(isWorld() ? "model" : "tokenizer").resolve("checkpoints");
    try (Stream<Path> all = Files.list(checkpoints)) {
      return all.filter(folder -> Files.exists(folder.resolve("state.json")))
          .max(Comparator.naturalOrder())
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isWorld() {
    return line[0].equals("pretrain");
  }

  /** Step of the last whole line of metrics of the stages trained now. */
  long lastStep() {
    try {
      List<String> lines = Files.readAllLines(run.resolve("metrics.jsonl"));
      for (int i = lines.size() - 1; i >= 0; i--) {
        JsonNode metrics = parse(lines.get(i));
        if (metrics != null && metrics.get("stage").asText().equals("tokenizer") != isWorld()) {
          return metrics.get("step").asLong();
        }
      }
      return 0;
    } catch (IOException e) {
      return 0;
    }
  }

  /** Loss of each step of the world-action model, from the first on. */
  static List<Double> losses(Path run) throws IOException {
    List<Double> losses = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      JsonNode metrics = JSON.readTree(line);
      if (!metrics.get("stage").asText().equals("tokenizer") && metrics.has("total")) {
        losses.add(metrics.get("total").asDouble());
      }
    }
    return losses;
  }

  /** The last line may be cut short, since somebody is writing it. */
  private static JsonNode parse(String line) {
    try {
      JsonNode node = JSON.readTree(line);
      return node.has("stage") && node.has("step") ? node : null;
    } catch (IOException e) {
      return null;
    }
  }

  /** By the name of the rank's own thread. */
  private static boolean isRank(ProcessHandle process, int rank) {
    // The system keeps 15 characters of a thread's name.
    return hasThread(process.pid(), "jowa-rank-" + rank + "-rep");
  }

  /** The first group of a pattern in a text. */
  static String find(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    if (!matcher.find()) {
      throw new AssertionError("No %s in: %s".formatted(pattern, text));
    }
    return matcher.group(1);
  }

  private static boolean hasThread(long pid, String name) {
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      return threads.anyMatch(thread -> name.equals(threadName(thread)));
    } catch (IOException e) {
      return false;
    }
  }

  private static String threadName(Path thread) {
    try {
      return Files.readString(thread.resolve("comm")).strip();
    } catch (IOException e) {
      return "";
    } catch (UncheckedIOException e) {
      return "";
    }
  }
}
