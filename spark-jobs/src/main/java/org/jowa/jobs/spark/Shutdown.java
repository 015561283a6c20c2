package org.jowa.jobs.spark;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.util.ShutdownHookManager;
import org.apache.spark.util.SignalUtils;
import org.jowa.model.train.StopSignal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.runtime.BoxedUnit;

/**
 * Lets ranks save before this process ends, when it is told to end (SIGTERM, as cluster managers do
 * before they kill) or to make room (SIGPWR, Spark's decommissioning): the ranks that run in it,
 * and in a driver those of all its executors, which hear of it by a plugin of theirs.
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
  private static volatile boolean asked;
  private static volatile boolean told;

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
    if (asked) {
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
    SignalUtils.register(
        "TERM",
        () -> {
          asked = true;
          // Others act on it too: the process ends, and comes to the hook below.
          return false;
        });
    SignalUtils.register(
        "PWR",
        () -> {
          ask("SIGPWR");
          return true;
        });
    ShutdownHookManager.addShutdownHook(
        FIRST,
        () -> {
          if (asked) {
            ask(TERM);
            await(grace);
          }
          return BoxedUnit.UNIT;
        });
  }

  /**
   * Takes note from now on where this process is told to end, by a person's Ctrl-C for instance.
   */
  static synchronized void listen() {
    if (!listening) {
      listening = true;
      for (String signal : new String[] {"TERM", "INT"}) {
        SignalUtils.register(
            signal,
            () -> {
              told = true;
              return false;
            });
      }
    }
  }

  /** Whether this process was told to end, after {@link #listen}. */
  static boolean isTold() {
    return told;
  }

  /** Asks whoever is registered now. */
  public static void ask(String why) {
    WAITED_FOR.forEach(signal -> signal.request(why));
  }

  /** Whether this process was told to end while ranks were registered. */
  public static boolean isAsked() {
    return asked;
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
