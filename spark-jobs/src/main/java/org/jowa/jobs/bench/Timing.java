package org.jowa.jobs.bench;

import java.util.Arrays;

/**
 * Times of one operation.
 *
 * @param runs that were counted
 */
record Timing(double medianMillis, double minMillis, int runs) {
  private static final int WARM_UP = 2;

  /** Runs an operation a few times uncounted, then {@code runs} times. */
  static Timing of(int runs, Runnable operation) {
    for (int i = 0; i < WARM_UP; i++) {
      operation.run();
    }
    double[] millis = new double[runs];
    for (int i = 0; i < runs; i++) {
      long start = System.nanoTime();
      operation.run();
      millis[i] = (System.nanoTime() - start) * 1e-6;
    }
    return of(millis);
  }

  /** Of times that were taken already. */
  static Timing of(double... millis) {
    double[] sorted = millis.clone();
    Arrays.sort(sorted);
    return new Timing(sorted[sorted.length / 2], sorted[0], sorted.length);
  }
}
