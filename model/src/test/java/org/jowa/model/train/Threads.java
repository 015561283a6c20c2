package org.jowa.model.train;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What the other threads of this JVM do, so that a test waits for one of them and not for a time.
 */
final class Threads {
  private Threads() {}

  /**
   * Waits until a thread waits in a method and has done so for a while.
   *
   * @param method the innermost of that class's methods in which the thread is
   */
  static void awaitWaiting(Class<?> type, String method, Duration time) {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        // Else this thread were one that waits, too.
        .pollInSameThread()
        .atMost(time.plusMinutes(1))
        .during(time)
        .until(
            () ->
                Thread.getAllStackTraces().entrySet().stream()
                    .filter(thread -> isWaiting(thread.getKey().getState()))
                    .map(Map.Entry::getValue)
                    .anyMatch(calls -> innermost(calls, type).equals(method)));
  }

  private static boolean isWaiting(Thread.State state) {
    return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
  }

  private static String innermost(StackTraceElement[] calls, Class<?> type) {
    return Stream.of(calls)
        .filter(call -> call.getClassName().equals(type.getName()))
        .map(StackTraceElement::getMethodName)
        .findFirst()
        .orElse("");
  }
}
