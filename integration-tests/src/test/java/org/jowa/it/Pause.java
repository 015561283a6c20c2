package org.jowa.it;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting for something that another process does. */
final class Pause {
  private Pause() {}

  static void millis(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /**
   * @param describe says how things stand when it took too long
   */
  static void until(
      String what, Duration limit, BooleanSupplier reached, Supplier<String> describe) {
    long end = System.nanoTime() + limit.toNanos();
    while (!reached.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError(
            "Waited %s in vain until %s%n%s".formatted(limit, what, describe.get()));
      }
      millis(10);
    }
  }
}
