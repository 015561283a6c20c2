package org.jowa.jobs.launch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.TaskEndReason;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.TaskInfo;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;

/** The driver's view of the ranks of one attempt: where they run, what they say, how they end. */
final class RankWatch extends SparkListener {
  private static final String GROUP_PROPERTY = "spark.jobGroup.id";

  private final String attempt;
  private final long reportsId;
  private final Consumer<Map<Integer, RankReport>> heard;
  private final Set<Integer> stages = new HashSet<>();
  private final Map<Integer, String> running = new TreeMap<>();
  private final Map<Integer, String> executors = new TreeMap<>();
  private final List<RankFailure> failures = new ArrayList<>();
  private final Map<Integer, RankReport> reports = new TreeMap<>();

  /**
   * @param attempt the job group of the ranks
   * @param reportsId of their accumulator
   * @param heard told of new reports
   */
  RankWatch(String attempt, long reportsId, Consumer<Map<Integer, RankReport>> heard) {
    this.attempt = attempt;
    this.reportsId = reportsId;
    this.heard = heard;
  }

  @Override
  public synchronized void onJobStart(SparkListenerJobStart job) {
    if (attempt.equals(job.properties().getProperty(GROUP_PROPERTY))) {
      job.stageIds().foreach(stage -> stages.add((Integer) stage));
    }
  }

  @Override
  public synchronized void onTaskStart(SparkListenerTaskStart task) {
    if (stages.contains(task.stageId())) {
      running.put(task.taskInfo().index(), task.taskInfo().executorId());
      executors.put(task.taskInfo().index(), task.taskInfo().executorId());
    }
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd task) {
    if (!stages.contains(task.stageId())) {
      return;
    }
    TaskInfo info = task.taskInfo();
    note(info.accumulables().iterator());
    failure(info.index(), task.reason()).ifPresent(failures::add);
    running.remove(info.index());
    notifyAll();
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate event) {
    boolean news = false;
    synchronized (this) {
      for (var update : CollectionConverters.asJava(event.accumUpdates())) {
        news |= note(update._4().iterator());
      }
    }
    if (news) {
      heard.accept(reports());
    }
  }

  private boolean note(Iterator<AccumulableInfo> infos) {
    boolean news = false;
    while (infos.hasNext()) {
      AccumulableInfo info = infos.next();
      if (info.id() == reportsId
          && info.update().isDefined()
          && info.update().get() instanceof Map<?, ?> map) {
        for (Object report : map.values()) {
          RankReport known = (RankReport) report;
          reports.put(known.rank(), known);
          news = true;
        }
      }
    }
    return news;
  }

  private Optional<RankFailure> failure(int rank, TaskEndReason reason) {
    if (reason instanceof ExceptionFailure thrown) {
      if (thrown.exception().isDefined() && thrown.exception().get() instanceof RankFailure own) {
        return Optional.of(own);
      }
      return Optional.of(RankFailure.other(rank, thrown.className() + ": " + thrown.description()));
    }
    if (reason instanceof ExecutorLostFailure lost) {
      String why = lost.reason().isDefined() ? lost.reason().get() : "no reason given";
      return Optional.of(
          RankFailure.lost(
              rank, "its executor " + lost.execId() + " was lost: " + firstLine(why), log(rank)));
    }
    // Killed because another rank failed, or done.
    return Optional.empty();
  }

  private List<String> log(int rank) {
    RankReport report = reports.get(rank);
    return report == null ? List.of() : report.log();
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  /** What each rank last said. */
  synchronized Map<Integer, RankReport> reports() {
    return new HashMap<>(reports);
  }

  /** The executor that a rank ran on, if it was started. */
  synchronized Optional<String> executor(int rank) {
    return Optional.ofNullable(executors.get(rank));
  }

  /**
   * Waits until no rank runs any more.
   *
   * @return the executors on which some still do
   */
  synchronized Set<String> awaitEnds(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    long left = atMost.toMillis();
    while (!running.isEmpty() && left > 0) {
      wait(left);
      left = (deadline - System.nanoTime()) / 1_000_000;
    }
    return Set.copyOf(running.values());
  }

  /** The failure that all others followed from: the first one that isn't the news of another's. */
  synchronized Optional<RankFailure> first() {
    return failures.stream()
        .filter(failure -> failure.origin() != RankFailure.Origin.NEWS)
        .findFirst()
        .or(() -> failures.stream().findFirst());
  }
}
