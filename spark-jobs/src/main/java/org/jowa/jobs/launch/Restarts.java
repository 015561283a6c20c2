package org.jowa.jobs.launch;

import java.time.Duration;

/** Counts failed attempts, and forgives them when something new was saved since the last one. */
final class Restarts {
  private static final long FIRST_PAUSE_SECONDS = 1;
  private static final long LONGEST_PAUSE_SECONDS = 60;

  private final int most;
  private long saved;
  private int total;
  private int withoutProgress;

  /**
   * @param most restarts with nothing new saved between them
   * @param saved before the first attempt
   */
  Restarts(int most, long saved) {
    this.most = most;
    this.saved = saved;
  }

  /**
   * Counts a failed attempt.
   *
   * @param savedNow what is saved by now
   * @return whether there is to be another attempt
   */
  boolean another(long savedNow) {
    if (savedNow > saved) {
      saved = savedNow;
      withoutProgress = 0;
    }
    if (withoutProgress == most) {
      return false;
    }
    withoutProgress++;
    total++;
    return true;
  }

  /** Restarts so far. */
  int total() {
    return total;
  }

  /** Restarts since something new was saved. */
  int withoutProgress() {
    return withoutProgress;
  }

  /** How long to wait before the next attempt: twice as long each time nothing new was saved. */
  Duration pause() {
    long doubled = FIRST_PAUSE_SECONDS << Math.min(withoutProgress - 1, 10);
    return Duration.ofSeconds(Math.min(doubled, LONGEST_PAUSE_SECONDS));
  }
}
