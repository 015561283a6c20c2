package org.jowa.jobs.launch;

import java.io.Serializable;
import java.time.Duration;
import java.util.Locale;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.jowa.data.storage.StoreFailures;
import org.jowa.error.FailureKind;
import org.jowa.error.InvalidInputException;
import org.jowa.error.ReportedException;
import org.jowa.error.StoppedException;
import org.jowa.error.StoreException;
import org.jowa.error.UsageException;
import org.jowa.jobs.progress.Amount;
import org.jowa.jobs.progress.StepProgress;
import org.jowa.jobs.spark.Shutdown;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.train.StopSignal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the ranks of a run, one task of a barrier stage each, and starts them again when one
 * fails: Spark doesn't, for a barrier stage that ends a job.
 *
 * <p>Every job that trains comes through here, so that what can go wrong with ranks is handled in
 * one place. With {@code --master local[N]} ranks are threads of this JVM, elsewhere processes.
 *
 * <p>An attempt that failed is followed by another, from what was saved, on as many ranks as fit,
 * unless what failed would fail again: a mistake of the user's, or a training that diverged.
 */
public final class RankLauncher {
  private static final Logger LOG = LoggerFactory.getLogger(RankLauncher.class);
  private static final long POLL_MILLIS = 50;

  /** News of the driver's shutdown take some time to reach the ranks, and their end to return. */
  private static final Duration NEWS = Duration.ofSeconds(5);

  private final SparkContext spark;
  private final LaunchSettings settings;
  private final Slots slots;
  private final boolean local;

  private RankLauncher(SparkContext spark, LaunchSettings settings) {
    this.spark = spark;
    this.settings = settings;
    this.slots = new Slots(spark, settings);
    this.local = SparkJobs.isLocal(spark.master());
  }

  /**
   * Starts an application whose tasks are ranks.
   *
   * @param ranks that run at once
   * @param threads cores of each
   * @throws UsageException if Spark is configured in a way that ranks can't run in
   */
  public static SparkJobs application(String command, int ranks, int threads) {
    SparkConf conf = new SparkConf();
    // The launcher waits for the slots itself; until then the driver gets the run ready.
    conf.setIfMissing(SparkJobs.REGISTERED, "0");
    return SparkJobs.start(
        conf,
        command,
        threads,
        filled -> RankConf.fillIn(filled, ranks, filled.getInt("spark.task.cpus", threads)));
  }

  /**
   * @throws UsageException if Spark as it is configured can't run the ranks together
   */
  public static RankLauncher of(SparkJobs jobs, LaunchSettings settings) {
    RankConf.requireStartable(jobs.context().getConf(), settings.ranks());
    return new RankLauncher(jobs.context().sc(), settings);
  }

  /**
   * Runs the ranks to their end.
   *
   * @return what rank 0 returned
   * @throws UsageException if the ranks don't find room, or one finds the configuration wrong
   * @throws InvalidInputException if the first rank that failed met a mistake of the user's
   * @throws IllegalStateException if attempts kept failing; the message has the last one's reason
   */
  public <R extends Serializable> R run(RankJob<R> job) {
    StopSignal stop = Shutdown.register(settings.grace().plus(NEWS));
    try (StepProgress step =
        StepProgress.start(spark, job.label(), Amount.of(job.counted(), job.total()))) {
      return attempts(job, step, stop);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while ranks were running", e);
    } catch (RuntimeException e) {
      SparkJobs.requireGoingOn(spark, e);
      throw e;
    } finally {
      Shutdown.done(stop);
    }
  }

  private <R extends Serializable> R attempts(
      RankJob<R> job, StepProgress progress, StopSignal stop) throws InterruptedException {
    RunAccount account = new RunAccount();
    slots.awaitAll(stop);
    long saved = job.saved().getAsLong();
    Restarts restarts = new Restarts(settings.maxRestarts(), saved);
    int ranks = settings.ranks();
    while (true) {
      requireNotStopped(stop, job);
      Attempt attempt = new Attempt(spark, ranks, job.listener()::heard);
      job.listener().started(restarts.total() + 1, ranks, settings.ranks());
      try (RankGroup group = group(ranks)) {
        R result = attempt.run(group, threads(), settings.grace(), progress.recount(), job);
        account.finished(attempt.reports());
        job.listener().heard(attempt.reports());
        tell(account.summary(restarts.total()), job);
        return result;
      } catch (RankFailure failure) {
        saved = saved(job, saved);
        double useful = account.failed(attempt.reports(), saved);
        boolean again = !stop.isRequested() && mayPass(failure) && restarts.another(saved);
        String reason = reason(failure, attempt);
        if (stop.isRequested() && failure.kind() == FailureKind.STOP) {
          job.listener().stopped(useful);
          // A process that shuts down may be gone before anybody tells of the exception.
          LOG.warn("{}", failure.reason());
          throw ending(failure, restarts);
        }
        job.listener().failed(reason, useful, again);
        tell(failure, reason, attempt, again);
        if (!again) {
          throw ending(failure, restarts);
        }
        pause(job, saved, restarts, stop);
        ranks = ranksNow(failure, stop, job);
      }
    }
  }

  /**
   * Steps saved.
   *
   * @param known what it was before; still counts while the store doesn't answer
   */
  private static long saved(RankJob<?> job, long known) {
    try {
      return job.saved().getAsLong();
    } catch (ReportedException e) {
      if (!StoreFailures.isBehind(e)) {
        throw e;
      }
      LOG.warn("{}", e.getMessage());
      return known;
    }
  }

  private static void requireNotStopped(StopSignal stop, RankJob<?> job) {
    stop.reason()
        .ifPresent(
            why -> {
              job.listener().stopped(0);
              throw new StoppedException(
                  "Stopped on request (%s) while no ranks were running: run the same command again to go on"
                      .formatted(why));
            });
  }

  private void pause(RankJob<?> job, long saved, Restarts restarts, StopSignal stop)
      throws InterruptedException {
    Duration pause = restarts.pause();
    LOG.warn(
        "Starting the ranks again in {} s, newest checkpoint: {} {} (restart {}; {} of at most {}"
            + " with nothing new saved)",
        pause.toSeconds(),
        saved,
        job.counted(),
        restarts.total(),
        restarts.withoutProgress(),
        settings.maxRestarts());
    long end = System.nanoTime() + pause.toNanos();
    while (!stop.isRequested() && System.nanoTime() < end) {
      Thread.sleep(POLL_MILLIS);
    }
  }

  private void tell(LaunchSummary summary, RankJob<?> job) {
    job.listener().finished(summary);
    LOG.info(
        "Goodput of {} {}%: {} s of {} s in steps that count, {} restarts; {}",
        job.label(),
        String.format(Locale.ROOT, "%.1f", 100 * summary.goodput()),
        String.format(Locale.ROOT, "%.1f", summary.usefulSeconds()),
        String.format(Locale.ROOT, "%.1f", summary.wallSeconds()),
        summary.restarts(),
        MemoryAdvice.line(spark.conf(), summary));
  }

  private RankGroup group(int ranks) {
    return local
        ? ThreadRanks.open(ranks, settings.stallTimeout())
        : RingRanks.open(settings.stallReport(), settings.stallTimeout());
  }

  private int threads() {
    return spark.conf().getInt("spark.task.cpus", 1);
  }

  /** In this JVM, what went wrong with our own code would go wrong again. */
  private boolean mayPass(RankFailure failure) {
    return failure.kind().mayPass() && !(local && failure.kind() != FailureKind.STORE);
  }

  private int ranksNow(RankFailure failure, StopSignal stop, RankJob<?> job)
      throws InterruptedException {
    int fitting = slots.awaitMost(stop);
    requireNotStopped(stop, job);
    if (fitting == 0) {
      throw new IllegalStateException(
          "No executor is left after %s: give the application executors, then run the same command again to go on"
              .formatted(failure.getMessage()));
    }
    if (fitting < settings.ranks()) {
      LOG.warn(
          "Room for {} of {} ranks: going on with {}, the global batch stays the same",
          slots.now(),
          settings.ranks(),
          fitting);
    }
    return fitting;
  }

  /** A mistake in what this JVM does is reported once, at the end, by whoever catches it. */
  private void tell(RankFailure failure, String reason, Attempt attempt, boolean again) {
    if (again || !local) {
      LOG.warn("{}", reason);
    }
    if (!local && failure.kind() != FailureKind.INPUT && !failure.log().isEmpty()) {
      LOG.warn(
          "The last lines of its log{}:\n    {}",
          attempt.logAddress(failure.rank()).map(at -> " (all of it: " + at + ")").orElse(""),
          String.join("\n    ", failure.log()));
    }
  }

  private static String reason(RankFailure failure, Attempt attempt) {
    String place = attempt.place(failure.rank());
    return String.format(
        Locale.ROOT,
        "Rank %d%s %s%s: %s",
        failure.rank(),
        place.isEmpty() ? "" : " (" + place + ")",
        failure.kind() == FailureKind.STOP ? "stopped on request" : "failed first",
        doing(attempt.reports().get(failure.rank()), failure.origin()),
        failure.reason());
  }

  private static String doing(@Nullable RankReport report, RankFailure.Origin origin) {
    if (report == null) {
      return "";
    }
    // Whoever could say why could say where, too; others were heard of some time before.
    String heard = origin == RankFailure.Origin.RANK ? "" : ", last heard of";
    return report.step() < 0
        ? "%s while %s".formatted(heard, report.where())
        : String.format(
            Locale.ROOT, "%s after step %d, in %s", heard, report.step(), report.where());
  }

  private static RuntimeException ending(RankFailure failure, Restarts restarts) {
    String rank = "Rank " + failure.rank();
    return switch (failure.kind()) {
      case USAGE -> new UsageException(failure.reason());
      case STOP -> new StoppedException(failure.reason(), failure);
      case INPUT -> new InvalidInputException(rank + ": " + failure.reason(), failure);
      case STORE -> new StoreException(rank + ": " + failure.reason(), failure);
      case FAULT ->
          new IllegalStateException(
              "%s failed first: %s%s"
                  .formatted(
                      rank,
                      failure.reason(),
                      restarts.total() == 0
                          ? ""
                          : String.format(
                              Locale.ROOT,
                              " (gave up after %d restarts without anything new saved)",
                              restarts.withoutProgress())),
              failure);
    };
  }
}
