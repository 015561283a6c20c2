package org.jowa.jobs.spark;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.util.ShutdownHookManager;
import org.apache.spark.util.SignalUtils;
import org.jowa.model.train.StopSignal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.runtime.BoxedUnit;

/**
 * Lets ranks save before this process ends by SIGTERM, which cluster managers send before they
 * kill, or makes room for others (SIGPWR, Spark's decommissioning): the ranks that run in it, and
 * in a driver those of all its executors, which hear of it by a plugin of theirs.
 *
 * <p>A process that ends for another reason, because its driver is gone for instance, ends at once:
 * somebody may have started the run again already.
 */
public final class Shutdown {
  private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

  /** Before Spark removes its folders and Hadoop closes its file systems. */
  private static final int FIRST = 1000;

  private static final long POLL_MILLIS = 50;

  /** Of ranks, and of launchers that wait for theirs. */
  private static final Set<StopSignal> WAITED_FOR = ConcurrentHashMap.newKeySet();

  private static final String TERM = "SIGTERM";

  private static boolean installed;
  private static boolean listening;

  /** The signal that ends this process, once one has come: SIGTERM, or a person's Ctrl-C. */
  private static volatile Optional<String> ending = Optional.empty();

  private Shutdown() {}

  /**
   * Registers a rank, or the launcher of ranks in other processes; {@link #done} takes it away.
   *
   * @param grace how long the process waits for it to save and end
   */
  public static StopSignal register(Duration grace) {
    install(grace);
    StopSignal signal = new StopSignal();
    WAITED_FOR.add(signal);
    if (savesFirst()) {
      signal.request(TERM);
    }
    return signal;
  }

  public static void done(StopSignal signal) {
    WAITED_FOR.remove(signal);
  }

  private static synchronized void install(Duration grace) {
    if (installed) {
      return;
    }
    installed = true;
    listen();
    SignalUtils.register(
        "PWR",
        () -> {
          ask("SIGPWR");
          return true;
        });
    ShutdownHookManager.addShutdownHook(
        FIRST,
        () -> {
          if (savesFirst()) {
            ask(TERM);
            await(grace);
          }
          return BoxedUnit.UNIT;
        });
  }

  /** Takes note from now on of signals that end this process. */
  static synchronized void listen() {
    if (!listening) {
      listening = true;
      listen("INT", "SIGINT");
      listen("TERM", TERM);
    }
  }

  private static void listen(String signal, String name) {
    SignalUtils.register(
        signal,
        () -> {
          if (!savesFirst()) {
            ending = Optional.of(name);
          }
          // Others act on it too: the process ends, and comes to the hook.
          return false;
        });
  }

  /** Whether a signal ends this process, after {@link #listen}. */
  static boolean isUnderWay() {
    return ending.isPresent();
  }

  /** Asks whoever is registered now. */
  public static void ask(String why) {
    WAITED_FOR.forEach(signal -> signal.request(why));
  }

  /** Whether SIGTERM ends this process, so that ranks save first. */
  public static boolean savesFirst() {
    return ending.equals(Optional.of(TERM));
  }

  private static void await(Duration grace) {
    long deadline = System.nanoTime() + grace.toNanos();
    try {
      while (!WAITED_FOR.isEmpty() && System.nanoTime() < deadline) {
        Thread.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!WAITED_FOR.isEmpty()) {
      LOG.warn("Leaving without a checkpoint: it wasn't written in {} s", grace.toSeconds());
    }
  }
}
