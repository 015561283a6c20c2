package org.jowa.model.train;

/** Times steps alone, without the checkpoints and held-out losses between them. */
final class StepClock {
  private static final int RECENT = 20;

  private final long[] recent = new long[RECENT];
  private int steps;
  private long started;
  private long lapNanos;
  private int lapSteps;

  void start() {
    started = System.nanoTime();
  }

  void stop() {
    long nanos = Math.max(1, System.nanoTime() - started);
    recent[steps % RECENT] = nanos;
    steps++;
    lapNanos += nanos;
    lapSteps++;
  }

  /** Steps a second over the last few. */
  double rate() {
    int count = Math.min(steps, RECENT);
    long nanos = 0;
    for (int i = 0; i < count; i++) {
      nanos += recent[i];
    }
    return count == 0 ? 0 : count * 1e9 / nanos;
  }

  /** Mean of the steps since the last {@link #lap}. */
  double secondsPerStepSinceLap() {
    return lapNanos / 1e9 / Math.max(1, lapSteps);
  }

  void lap() {
    lapNanos = 0;
    lapSteps = 0;
  }
}
