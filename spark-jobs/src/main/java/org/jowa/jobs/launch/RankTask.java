package org.jowa.jobs.launch;

import java.io.Serializable;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import org.bytedeco.pytorch.AutogradState;
import org.jowa.jobs.progress.TaskProgress;
import org.jowa.jobs.spark.AssignedDevice;
import org.jowa.jobs.spark.Shutdown;
import org.jowa.jobs.spark.TaskResult;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.UnusableProcessException;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.train.StopSignal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Function1;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The body of a rank's task.
 *
 * @param group joins the ranks
 * @param threads cores that the rank computes with
 * @param grace how long a process that shuts down waits for its ranks to save
 * @param progress rank 0 counts with it
 * @param reports every rank reports to it
 * @param facts what has to be equal on all ranks
 * @param work of the rank
 */
record RankTask<R extends Serializable>(
    RankGroup group,
    int threads,
    Duration grace,
    TaskProgress progress,
    RankReports reports,
    RankJob.Facts facts,
    RankWork<R> work)
    implements Function1<scala.collection.Iterator<Integer>, scala.collection.Iterator<TaskResult>>,
        Serializable {
  private static final Logger LOG = LoggerFactory.getLogger(RankTask.class);

  /** Time for a failure to reach the driver: before its process goes, or news of it arrives. */
  private static final long LAST_WORDS_MILLIS = 2_000;

  private static final int UNUSABLE_STATUS = 86;

  @Override
  public scala.collection.Iterator<TaskResult> apply(scala.collection.Iterator<Integer> place) {
    BarrierTaskContext context = BarrierTaskContext.get();
    int rank = context.partitionId();
    // The name under which other executors fetch blocks from this one.
    String host = SparkEnv.get().blockManager().blockManagerId().host();
    try (RankReporter reporter = RankReporter.start(rank, host, reports)) {
      try {
        R result = run(context, host, reporter);
        Iterator<TaskResult> one = List.of(new TaskResult(rank, result)).iterator();
        return CollectionConverters.asScala(one);
      } catch (Throwable e) {
        RankFailure failure = RankFailure.of(rank, e, reporter.report().log());
        LOG.debug("Rank {} stops", rank, e);
        if (failure.origin() == RankFailure.Origin.NEWS && failure.rank() != rank) {
          letSpeakFirst();
        }
        if (e instanceof UnusableProcessException) {
          leaveSoon();
        }
        throw failure;
      }
    }
  }

  private R run(BarrierTaskContext context, String host, RankReporter reporter) throws Exception {
    StopSignal stop = Shutdown.register(grace);
    Device device = AssignedDevice.of(context);
    try {
      // Spark looks for the others once a second; meanwhile the natives are loaded.
      Collective collective = group.join(context, host, facts, device);
      try {
        TorchRuntime.init();
        reporter.at(-1, "joined", RankReport.NO_TIME);
        return work(
            new RankContext(collective, threads, device.name(), progress, stop, reporter::at));
      } catch (Throwable e) {
        // Before close, which would only say that this rank left.
        collective.abort(e);
        throw e;
      } finally {
        collective.close();
      }
    } finally {
      Shutdown.done(stop);
    }
  }

  /** Threads of tasks are used again: gradients may be off from one before, or by this one. */
  private R work(RankContext rank) throws Exception {
    TorchRuntime.setThreads(threads);
    AutogradState.get_tls_state().set_grad_mode(true);
    try {
      return work.run(rank);
    } finally {
      AutogradState.get_tls_state().set_grad_mode(true);
    }
  }

  /**
   * Spark ends the stage at the first failure that reaches the driver, and with it any rank that
   * was about to say why it failed. The wait is over as soon as Spark ends this task.
   */
  private static void letSpeakFirst() {
    try {
      Thread.sleep(LAST_WORDS_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** After some errors of a GPU's driver every later call of this process fails as well. */
  private static void leaveSoon() {
    Thread leaving =
        new Thread(
            () -> {
              try {
                Thread.sleep(LAST_WORDS_MILLIS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              Runtime.getRuntime().halt(UNUSABLE_STATUS);
            },
            "jowa-leaving");
    leaving.setDaemon(true);
    leaving.start();
  }
}
