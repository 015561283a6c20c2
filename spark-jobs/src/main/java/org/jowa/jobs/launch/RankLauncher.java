package org.jowa.jobs.launch;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.bytedeco.pytorch.AutogradState;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.jowa.jobs.progress.StepProgress;
import org.jowa.jobs.progress.TaskProgress;
import org.jowa.model.collective.Collective;
import org.jowa.model.torch.TorchRuntime;
import scala.Function1;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;

/**
 * Starts the ranks of a run: one task of a barrier stage each, all at once or none.
 *
 * <p>Every job that trains comes through here, so that what can go wrong when ranks start is
 * handled in one place. Ranks are threads of the driver's JVM so far ({@code --master local[N]}).
 */
public final class RankLauncher {
  private final SparkContext spark;
  private final int ranks;

  private RankLauncher(SparkContext spark, int ranks) {
    this.spark = spark;
    this.ranks = ranks;
  }

  /**
   * @param ranks number of ranks, at least 1
   * @throws UsageException if Spark as it is configured can't run them together
   */
  public static RankLauncher of(SparkJobs jobs, int ranks) {
    JavaSparkContext context = jobs.context();
    requireStartable(context.getConf(), ranks);
    return new RankLauncher(context.sc(), ranks);
  }

  static void requireStartable(SparkConf conf, int ranks) {
    String master = conf.get("spark.master");
    if (!SparkJobs.isLocal(master)) {
      throw new UsageException(
          "Ranks share one process so far, found --master %s: use --master local[%d]"
              .formatted(master, ranks));
    }
    requireOff(conf, "spark.dynamicAllocation.enabled", "executors that come and go");
    requireOff(conf, "spark.speculation", "copies of a running task");
    int cpus = conf.getInt("spark.task.cpus", 1);
    int slots = cores(master) / cpus;
    if (slots < ranks) {
      throw new UsageException(
          "%d ranks of %d cores each need %d slots at once, but --master %s has %d: use --master local[%d] or fewer --ranks"
              .formatted(ranks, cpus, ranks, master, slots, ranks * cpus));
    }
  }

  private static void requireOff(SparkConf conf, String setting, String what) {
    if (conf.getBoolean(setting, false)) {
      throw new UsageException(
          "%s=true gives %s, which ranks that work together can't have: use --conf %s=false"
              .formatted(setting, what, setting));
    }
  }

  /** {@code local} is 1, {@code local[4]} and {@code local[4,2]} are 4, {@code local[*]} is all. */
  private static int cores(String master) {
    String inside = master.equals("local") ? "1" : master.replaceAll("^local\\[|[,\\]].*$", "");
    return inside.equals("*")
        ? Runtime.getRuntime().availableProcessors()
        : Integer.parseInt(inside);
  }

  /**
   * Runs the ranks to their end.
   *
   * @param label what is being done, for the console
   * @param counted what rank 0 counts, in the plural
   * @param total how much it will count in all
   * @return what rank 0 returned
   * @throws InvalidInputException if the first rank that failed met a mistake of the user's
   * @throws IllegalStateException if it failed otherwise; the message has its number and reason
   */
  public <R extends Serializable> R run(
      String label, String counted, long total, RankWork<R> work) {
    String name = UUID.randomUUID().toString();
    int threads = spark.conf().getInt("spark.task.cpus", 1);
    try (RankGroup group = RankGroup.open(name, ranks);
        StepProgress step = StepProgress.start(spark, label, counted, total)) {
      try {
        return collect(new RankTask<>(name, threads, step.counter(), work));
      } catch (Exception e) {
        throw group.firstFailure().map(failure -> explain(failure)).orElseGet(() -> rethrow(e));
      }
    }
  }

  @SuppressWarnings("unchecked")
  private <R extends Serializable> R collect(RankTask<R> task) {
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

  private static RuntimeException rethrow(Exception e) {
    return e instanceof RuntimeException known ? known : new IllegalStateException(e);
  }

  private static RuntimeException explain(RankGroup.Failure failure) {
    String rank = "Rank " + failure.rank();
    if (failure.cause() instanceof UsageException mistake) {
      return mistake;
    }
    if (failure.cause() instanceof InvalidInputException mistake) {
      return new InvalidInputException(rank + ": " + mistake.getMessage(), mistake);
    }
    return new IllegalStateException(rank + " failed first: " + failure.cause(), failure.cause());
  }

  /** The body of a rank's task. */
  private record RankTask<R extends Serializable>(
      String group, int threads, TaskProgress progress, RankWork<R> work)
      implements Function1<
              scala.collection.Iterator<Integer>, scala.collection.Iterator<TaskResult>>,
          Serializable {

    @Override
    public scala.collection.Iterator<TaskResult> apply(scala.collection.Iterator<Integer> place) {
      int rank = BarrierTaskContext.get().partitionId();
      RankGroup ranks = RankGroup.named(group);
      Collective collective = ranks.collective(rank);
      TorchRuntime.init();
      TorchRuntime.setThreads(threads);
      // Task threads are used again, and gradients may be off from the task before.
      AutogradState.get_tls_state().set_grad_mode(true);
      try {
        R result = work.run(new RankContext(collective, threads, progress));
        Iterator<TaskResult> one = List.of(new TaskResult(rank, result)).iterator();
        return CollectionConverters.asScala(one);
      } catch (Throwable e) {
        ranks.fail(rank, e);
        throw e instanceof RuntimeException known ? known : new IllegalStateException(e);
      } finally {
        AutogradState.get_tls_state().set_grad_mode(true);
        collective.close();
      }
    }
  }
}
