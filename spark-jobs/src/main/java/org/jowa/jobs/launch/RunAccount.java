package org.jowa.jobs.launch;

import java.util.Map;
import org.jowa.model.train.TimeSpent;

/** What a run of ranks has cost so far, over all its attempts. */
final class RunAccount {
  private final long startNanos = System.nanoTime();
  private double usefulSeconds;
  private long peakRssMib;
  private long peakNativeMib;

  /**
   * Books an attempt that failed: steps beyond what was saved are done again, so they were in vain.
   *
   * @param saved steps that are saved now
   * @return seconds of steps whose result was saved
   */
  double failed(Map<Integer, RankReport> reports, long saved) {
    TimeSpent time = time(reports);
    long kept = Math.max(0, Math.min(time.steps(), saved - time.firstStep()));
    return book(reports, time.steps() == 0 ? 0 : time.useful() * kept / time.steps());
  }

  /** Books an attempt that did all that was left to do. */
  void finished(Map<Integer, RankReport> reports) {
    book(reports, time(reports).useful());
  }

  LaunchSummary summary(int restarts) {
    return new LaunchSummary(
        restarts,
        (System.nanoTime() - startNanos) * 1e-9,
        usefulSeconds,
        peakRssMib,
        peakNativeMib);
  }

  private double book(Map<Integer, RankReport> reports, double useful) {
    usefulSeconds += useful;
    for (RankReport report : reports.values()) {
      peakRssMib = Math.max(peakRssMib, report.peakRssMib());
      peakNativeMib = Math.max(peakNativeMib, report.peakNativeMib());
    }
    return useful;
  }

  /** Ranks go in step, so the first one's time stands for all. */
  private static TimeSpent time(Map<Integer, RankReport> reports) {
    RankReport first = reports.get(0);
    return first == null ? RankReport.NO_TIME : first.time();
  }
}
