package org.jowa.it;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** Waiting for something that another process does. */
final class Pause {
  private Pause() {}

  /**
   * @param describe says how things stand when it took too long
   */
  static void until(
      String what, Duration limit, Callable<Boolean> reached, Supplier<String> describe) {
    try {
      Awaitility.await()
          .atMost(limit)
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(10))
          .pollInSameThread()
          .until(reached);
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(
          "Waited %s in vain until %s%n%s".formatted(limit, what, describe.get()), e);
    }
  }
}
