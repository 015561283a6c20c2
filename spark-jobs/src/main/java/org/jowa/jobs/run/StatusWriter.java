package org.jowa.jobs.run;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jowa.data.storage.WholeFiles;
import org.jowa.error.ReportedException;
import org.jowa.jobs.launch.LaunchListener;
import org.jowa.jobs.launch.LaunchSummary;
import org.jowa.jobs.launch.RankReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@code RUN/status.json} fresh from the driver, in a thread of its own. A store that fails
 * or is slow costs the status, never the run.
 */
public final class StatusWriter implements LaunchListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StatusWriter.class);

  /** Between two looks a few seconds apart; no busy machine takes so long. */
  private static final long STILL_SECONDS = 60;

  private final RunFolder run;
  private final String command;
  private final String application;
  private final long total;
  private final Instant started = Instant.now();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "jowa-status");
            thread.setDaemon(true);
            return thread;
          });

  private RunStatus.State state = RunStatus.State.RUNNING;
  private int attempt;
  private int ranks;
  private int wanted;
  private String lastFailure = "";
  private Map<Integer, RankReport> reports = new TreeMap<>();
  private double earlierUsefulSeconds;
  private boolean warned;
  private long lastNanos = System.nanoTime();

  private StatusWriter(RunFolder run, String command, String application, long total) {
    this.run = run;
    this.command = command;
    this.application = application;
    this.total = total;
  }

  /**
   * Starts to write.
   *
   * @param command that trains
   * @param application Spark's identifier of it
   * @param total steps that will have been done at the end
   */
  public static StatusWriter start(RunFolder run, String command, String application, long total) {
    StatusWriter writer = new StatusWriter(run, command, application, total);
    long every = RunStatus.EVERY.toMillis();
    writer.timer.scheduleWithFixedDelay(writer::tick, every, every, TimeUnit.MILLISECONDS);
    return writer;
  }

  @Override
  public synchronized void started(int number, int size, int wantedRanks) {
    state = RunStatus.State.RUNNING;
    attempt = number;
    ranks = size;
    wanted = wantedRanks;
    reports = new TreeMap<>();
  }

  @Override
  public synchronized void heard(Map<Integer, RankReport> newest) {
    // Heartbeats may come late, even after the last word.
    newest.forEach(
        (rank, report) -> reports.merge(rank, report, (a, b) -> b.millis() >= a.millis() ? b : a));
  }

  @Override
  public void failed(String reason, double usefulSeconds, boolean again) {
    synchronized (this) {
      state = again ? RunStatus.State.RESTARTING : RunStatus.State.FAILED;
      lastFailure = reason;
      earlierUsefulSeconds += usefulSeconds;
    }
    timer.execute(this::write);
  }

  /** Returns when it is written: the process may end as soon as its ranks have. */
  @Override
  public void stopped(double usefulSeconds) {
    synchronized (this) {
      state = RunStatus.State.STOPPED;
      earlierUsefulSeconds += usefulSeconds;
    }
    try {
      timer.submit(this::write).get(RunStatus.EVERY.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("The run ends without its last status: {}", e.toString());
    }
  }

  @Override
  public synchronized void finished(LaunchSummary summary) {
    state = RunStatus.State.FINISHED;
    // Useful time of all attempts, in place of the sum so far.
    earlierUsefulSeconds = summary.usefulSeconds();
  }

  /** Writes the last status. */
  @Override
  public void close() {
    timer.shutdown();
    try {
      timer.awaitTermination(RunStatus.EVERY.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      // Refused before its first attempt, or interrupted.
      if (state != RunStatus.State.FINISHED && state != RunStatus.State.STOPPED) {
        state = RunStatus.State.FAILED;
      }
    }
    write();
  }

  private void tick() {
    long still = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - lastNanos);
    if (still >= STILL_SECONDS) {
      LOG.warn(
          "This process stood still for {} s, suspended with its machine or stopped: going on",
          still);
    }
    write();
    lastNanos = System.nanoTime();
  }

  private void write() {
    try {
      WholeFiles.write(run.storage(), RunStatus.FILE, status().toJson());
      warned = false;
    } catch (ReportedException e) {
      if (!warned) {
        LOG.warn("{}; the run goes on without its status", e.getMessage());
        warned = true;
      }
    }
  }

  private synchronized RunStatus status() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    RankReport first = reports.get(0);
    long step = state == RunStatus.State.FINISHED ? total : first == null ? 0 : first.step();
    List<RunStatus.Member> members =
        reports.values().stream()
            .sorted(Comparator.comparingInt(RankReport::rank))
            .map(StatusWriter::member)
            .toList();
    double useful =
        earlierUsefulSeconds
            + (state == RunStatus.State.RUNNING && first != null ? first.time().useful() : 0);
    double wall = Math.max(1e-3, ChronoUnit.MILLIS.between(started, now) * 1e-3);
    return new RunStatus(
        state,
        command,
        first == null ? "" : first.where(),
        Math.max(0, step),
        total,
        first == null || first.time().useful() <= 0
            ? 0
            : first.time().steps() / first.time().useful(),
        attempt,
        ranks,
        wanted,
        Math.min(1, useful / wall),
        lastFailure,
        application,
        started.truncatedTo(ChronoUnit.MILLIS).toString(),
        now.toString(),
        members);
  }

  private static RunStatus.Member member(RankReport report) {
    return new RunStatus.Member(
        report.rank(),
        report.host(),
        report.pid(),
        report.step(),
        report.where(),
        report.rssMib(),
        report.peakRssMib());
  }
}
