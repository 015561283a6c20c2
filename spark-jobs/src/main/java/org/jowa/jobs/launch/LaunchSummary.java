package org.jowa.jobs.launch;

/**
 * What a run of ranks took.
 *
 * @param restarts attempts after the first
 * @param wallSeconds from the launcher's start to its end
 * @param usefulSeconds of rank 0 in steps whose result was kept
 * @param peakRssMib most resident memory of any rank's process
 * @param peakNativeMib most of it that was not in use on the Java heap
 */
public record LaunchSummary(
    int restarts, double wallSeconds, double usefulSeconds, long peakRssMib, long peakNativeMib) {

  /** Useful step time over wall time, from 0 to 1. */
  public double goodput() {
    return wallSeconds <= 0 ? 0 : Math.min(1, usefulSeconds / wallSeconds);
  }
}
