package org.jowa.jobs.run;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jowa.error.InvalidInputException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps two drivers out of one run folder, where each would delete the other's checkpoints. A
 * driver that lives writes the run's status again and again; one that was killed doesn't.
 */
public final class RunGuard {
  private static final Logger LOG = LoggerFactory.getLogger(RunGuard.class);
  private static final int MISSED_UPDATES = 3;
  private static final long POLL_MILLIS = 200;

  private RunGuard() {}

  /**
   * Returns at once if nobody trained the run lately, and after some seconds if a driver was killed
   * just now.
   *
   * @throws InvalidInputException if another driver is training it
   */
  public static void requireIdle(RunFolder run) {
    RunStatus last = statusOf(run);
    if (last == null || !last.isGoingOn()) {
      return;
    }
    Duration silence = RunStatus.EVERY.multipliedBy(MISSED_UPDATES);
    Instant updated = Instant.parse(last.updated());
    Instant now = Instant.now();
    // Another host's clock may be ahead.
    Instant until = (updated.isAfter(now) ? now : updated).plus(silence);
    if (now.isBefore(until)) {
      LOG.info(
          "Waiting up to {} s for a sign of {}, which was training {} just now",
          silence.toSeconds(),
          last.application(),
          run.uri());
    }
    while (Instant.now().isBefore(until)) {
      RunStatus next = statusOf(run);
      if (next != null && !next.updated().equals(last.updated())) {
        if (!next.isGoingOn()) {
          return;
        }
        throw new InvalidInputException(
            String.format(
                Locale.ROOT,
                "Run %s is being trained by application %s, %s of step %d of %d: stop that one first, or use another --run",
                run.uri(),
                next.application(),
                next.command(),
                next.step(),
                next.total()));
      }
      pause();
    }
  }

  /** A status that can't be read stops no run. */
  private static RunStatus statusOf(RunFolder run) {
    try {
      return run.storage().exists(RunStatus.FILE) ? RunStatus.read(run) : null;
    } catch (InvalidInputException e) {
      LOG.debug("No status of {}", run.uri(), e);
      return null;
    }
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for another driver", e);
    }
  }
}
