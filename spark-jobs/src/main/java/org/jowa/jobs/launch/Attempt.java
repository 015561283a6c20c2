package org.jowa.jobs.launch;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.jowa.jobs.progress.TaskProgress;
import org.jowa.jobs.spark.TaskResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.reflect.ClassTag$;

/** One barrier stage with a task for each rank, and what became of it. */
final class Attempt {
  private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);

  /** Spark ends the tasks of a failed stage, by force after {@code spark.task.reaper}'s 5 s. */
  private static final Duration ENDING = Duration.ofSeconds(7);

  /** Spark's name for the executor inside a local driver. */
  private static final String DRIVER = "driver";

  private final SparkContext spark;
  private final int ranks;
  private final String name = "jowa-ranks-" + UUID.randomUUID();
  private final RankReports reports = new RankReports();
  private final RankWatch watch;

  /**
   * @param heard told of what ranks report
   */
  Attempt(SparkContext spark, int ranks, Consumer<Map<Integer, RankReport>> heard) {
    this.spark = spark;
    this.ranks = ranks;
    spark.register(reports, RankReports.NAME);
    this.watch = new RankWatch(name, reports.id(), heard);
  }

  /**
   * Runs the ranks to their end.
   *
   * @return what rank 0 returned
   * @throws RankFailure the one that failed first
   * @throws InterruptedException if this thread was
   */
  <R extends Serializable> R run(
      RankGroup group, int threads, Duration grace, TaskProgress progress, RankJob<R> job)
      throws InterruptedException {
    spark.addSparkListener(watch);
    spark.setJobGroup(name, job.label(), /* interruptOnCancel= */ true);
    try {
      return collect(
          new RankTask<>(group, threads, grace, progress, reports, job.facts(), job.work()));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      // Scala throws what it doesn't declare: SparkException, when a stage fails.
      throw explained(e);
    } finally {
      spark.clearJobGroup();
      spark.removeSparkListener(watch);
    }
  }

  /** What each rank last said; of ranks that have ended, the last word. */
  Map<Integer, RankReport> reports() {
    Map<Integer, RankReport> all = watch.reports();
    // Spark adds these up before a stage is over, its listeners hear of it some time later.
    all.putAll(reports.value());
    return all;
  }

  /** Where a rank ran, for messages: its executor and where its whole log is. */
  String place(int rank) {
    RankReport report = watch.reports().get(rank);
    String host =
        report == null
            ? ""
            : String.format(Locale.ROOT, "host %s, process %d", report.host(), report.pid());
    String executor = watch.executor(rank).map(id -> "executor " + id).orElse("");
    return String.join(
        ", ", List.of(host, executor).stream().filter(part -> !part.isEmpty()).toList());
  }

  /** Address of the whole log of a rank, where the cluster manager has one. */
  Optional<String> logAddress(int rank) {
    return watch
        .executor(rank)
        .filter(id -> !id.equals(DRIVER))
        .map(id -> spark.statusStore().executorSummary(id).executorLogs().get("stderr"))
        .filter(address -> address.isDefined())
        .map(address -> address.get());
  }

  @SuppressWarnings("unchecked")
  private <R extends Serializable> R collect(RankTask<R> task) throws Exception {
    List<Integer> numbers = IntStream.range(0, ranks).boxed().toList();
    RDD<Integer> places = new JavaSparkContext(spark).parallelize(numbers, ranks).rdd();
    RDD<TaskResult> results =
        places.barrier().mapPartitions(task, false, ClassTag$.MODULE$.apply(TaskResult.class));
    TaskResult[] collected = (TaskResult[]) results.collect();
    for (TaskResult result : collected) {
      if (result.index() == 0) {
        return (R) result.value();
      }
    }
    throw new IllegalStateException("Rank 0 returned nothing");
  }

  private RankFailure explained(Exception stageFailure) throws InterruptedException {
    Set<String> busy = watch.awaitEnds(ENDING);
    for (String executor : busy) {
      if (!executor.equals(DRIVER)) {
        LOG.warn("Executor {} doesn't end its rank: replacing it", executor);
        spark.killAndReplaceExecutor(executor);
      }
    }
    return watch
        .first()
        .orElseGet(() -> RankFailure.other(0, String.valueOf(stageFailure.getMessage())));
  }
}
