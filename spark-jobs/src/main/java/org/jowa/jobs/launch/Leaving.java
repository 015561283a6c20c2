package org.jowa.jobs.launch;

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
 * Lets the ranks of this process save before it ends, when it is told to end (SIGTERM, as cluster
 * managers do before they kill) or to make room (SIGPWR, Spark's decommissioning).
 *
 * <p>A process that ends for another reason, because its driver is gone for instance, ends at once:
 * somebody may have started the run again already.
 */
final class Leaving {
  private static final Logger LOG = LoggerFactory.getLogger(Leaving.class);

  /** Before Spark removes its folders and Hadoop closes its file systems. */
  private static final int FIRST = 1000;

  private static final long POLL_MILLIS = 50;

  private static final Set<StopSignal> RANKS = ConcurrentHashMap.newKeySet();

  private static boolean installed;
  private static volatile boolean asked;

  private Leaving() {}

  /**
   * Registers a rank; {@link #done} takes it away.
   *
   * @param grace how long the process waits for its ranks to save
   */
  static StopSignal register(Duration grace) {
    install(grace);
    StopSignal signal = new StopSignal();
    RANKS.add(signal);
    return signal;
  }

  static void done(StopSignal signal) {
    RANKS.remove(signal);
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
            ask("SIGTERM");
            await(grace);
          }
          return BoxedUnit.UNIT;
        });
  }

  private static void ask(String why) {
    RANKS.forEach(rank -> rank.request(why));
  }

  private static void await(Duration grace) {
    long deadline = System.nanoTime() + grace.toNanos();
    try {
      while (!RANKS.isEmpty() && System.nanoTime() < deadline) {
        Thread.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!RANKS.isEmpty()) {
      LOG.warn("Leaving without a checkpoint: it wasn't written in {} s", grace.toSeconds());
    }
  }
}
