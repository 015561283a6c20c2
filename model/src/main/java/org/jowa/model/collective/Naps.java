package org.jowa.model.collective;

import java.util.concurrent.TimeUnit;

/**
 * Tells time in which this process waited from time in which it stood still: suspended with its
 * machine, stopped or paused. Clocks go on meanwhile, and whoever measures a wait would blame
 * others for it. A waiting thread looks once a second at least, so a much longer time between two
 * looks was none of waiting.
 */
final class Naps {
  /** How long to wait at most before the next look. */
  static final long LOOK_MILLIS = 1_000;

  /** A busy machine may let a thread wait for some seconds. */
  private static final long AWAKE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private long looked;

  /**
   * @param now of {@link System#nanoTime}
   */
  Naps(long now) {
    looked = now;
  }

  /**
   * Nanoseconds that this process stood still since the last look: what deadlines move by.
   *
   * @param now of {@link System#nanoTime}
   */
  long since(long now) {
    long gap = now - looked;
    looked = now;
    return gap > AWAKE_NANOS ? gap : 0;
  }
}
