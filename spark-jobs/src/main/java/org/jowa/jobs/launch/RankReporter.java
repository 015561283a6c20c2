package org.jowa.jobs.launch;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jowa.jobs.process.ResidentMemory;
import org.jowa.model.train.TimeSpent;

/** Keeps a rank's report fresh, from a thread of its own. */
final class RankReporter implements AutoCloseable {
  private static final long EVERY_MILLIS = 500;

  private final int rank;
  private final String host;
  private final RankReports reports;
  private final LogTail tail = LogTail.install();
  private final ScheduledExecutorService timer;
  private long peakNativeMib;
  private volatile long step = -1;
  private volatile String where = "starting";
  private volatile TimeSpent time = RankReport.NO_TIME;

  private RankReporter(int rank, String host, RankReports reports) {
    this.rank = rank;
    this.host = host;
    this.reports = reports;
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "jowa-rank-" + rank + "-reporter");
              thread.setDaemon(true);
              return thread;
            });
  }

  static RankReporter start(int rank, String host, RankReports reports) {
    RankReporter reporter = new RankReporter(rank, host, reports);
    reporter.timer.scheduleWithFixedDelay(
        () -> reports.add(reporter.report()), 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
    return reporter;
  }

  /** Says where the rank is. */
  void at(long done, String doing, TimeSpent spent) {
    step = done;
    where = doing;
    time = spent;
  }

  synchronized RankReport report() {
    ResidentMemory memory = ResidentMemory.now();
    Runtime runtime = Runtime.getRuntime();
    long heapMib = (runtime.totalMemory() - runtime.freeMemory()) >> 20;
    peakNativeMib = Math.max(peakNativeMib, memory.residentMib() - heapMib);
    return new RankReport(
        rank,
        host,
        ProcessHandle.current().pid(),
        step,
        where,
        memory.residentMib(),
        memory.peakMib(),
        peakNativeMib,
        time,
        tail.lines(),
        System.currentTimeMillis());
  }

  @Override
  public void close() {
    timer.shutdownNow();
    reports.add(report());
  }
}
