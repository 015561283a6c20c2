package org.jowa.jobs.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.jowa.data.storage.Locations;
import org.jowa.error.InvalidInputException;
import org.jowa.error.ReportedException;
import org.jowa.error.StoppedException;
import org.jowa.jobs.process.ProcessEnvironment;
import org.jowa.jobs.progress.Amount;
import org.jowa.jobs.progress.StepProgress;
import org.jowa.jobs.progress.TaskProgress;
import org.jowa.process.MachineLocale;

/**
 * The Spark application of one command.
 *
 * <p>Settings are made here where the user has not made them, so that a plain spark-submit works as
 * well as {@code bin/jowa} does.
 */
public final class SparkJobs implements AutoCloseable {
  private static final String EXECUTOR_OPTIONS = "spark.executor.extraJavaOptions";

  /** Spark gives executors the variables that stand behind it. */
  public static final String EXECUTOR_ENVIRONMENT = "spark.executorEnv.";

  private static final String NATIVES_OPTIONS =
      "--add-opens=java.base/java.nio=ALL-UNNAMED -Dai.djl.offline=true"
          + " -Dorg.bytedeco.javacpp.logger=slf4j "
          + MachineLocale.JVM_OPTIONS;

  /**
   * Ten times HotSpot's thresholds. Most work of ours is done by native code, and the loops of Java
   * that matter reach these in a moment; but at the start the optimising compiler would take one of
   * the few cores that an executor has for seconds, for code that runs once.
   */
  private static final String LATE_OPTIMISING =
      "-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000"
          + " -XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=400000";

  /** What part of the executors Spark waits for before it starts the first task. */
  public static final String REGISTERED = "spark.scheduler.minRegisteredResourcesRatio";

  /**
   * Settings and values that Spark hides in its pages and event logs: more kinds of secrets than it
   * does by itself, but not every value that speaks of a tokenizer, which it would take for a
   * token.
   */
  public static final String REDACTED =
      "(?i)secret|password|passphrase|credential|signature|token(?!iz)"
          + "|(access|account|api|private)[._-]?key";

  private final JavaSparkContext spark;

  private SparkJobs(JavaSparkContext spark) {
    this.spark = spark;
  }

  /**
   * Starts the application.
   *
   * @param command of ours; Spark's application name unless the user gave another
   * @param threadsPerTask cores that one task computes with
   */
  public static SparkJobs start(String command, int threadsPerTask) {
    return start(new SparkConf(), command, threadsPerTask, conf -> {});
  }

  /**
   * Starts an application with settings that a class of Spark's users has filled in, too.
   *
   * @param more fills in what it needs after {@link #start(String, int)}'s settings were made
   */
  public static SparkJobs start(
      SparkConf conf, String command, int threadsPerTask, Consumer<SparkConf> more) {
    more.accept(settings(conf, command, threadsPerTask));
    StandaloneMaster.requireReachable(conf.get("spark.master"));
    EventLogs.requireFolder(conf);
    Shutdown.listen();
    return new SparkJobs(new JavaSparkContext(conf));
  }

  static SparkConf settings(SparkConf conf, String command, int threadsPerTask) {
    if (!conf.contains("spark.app.name")
        || conf.get("spark.app.name").equals("org.jowa.jobs.Main")) {
      conf.setAppName("jowa " + command);
    }
    conf.setIfMissing("spark.master", "local[*]");
    conf.setIfMissing("spark.task.cpus", Integer.toString(threadsPerTask));
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    conf.setIfMissing("spark.redaction.regex", REDACTED);
    if (isLocal(conf.get("spark.master"))) {
      conf.setIfMissing("spark.ui.enabled", "false");
      // Progress travels with heartbeats.
      conf.setIfMissing("spark.executor.heartbeatInterval", "1s");
      // The only executor is this process: silent it is when it was suspended, and not lost. Nor
      // is an answer lost that was under way meanwhile.
      conf.setIfMissing("spark.storage.blockManagerHeartbeatTimeoutMs", "365d");
      conf.setIfMissing("spark.rpc.askTimeout", "365d");
    }
    if (!isLocal(conf.get("spark.master"))) {
      boolean atTheUsers = conf.get("spark.submit.deployMode", "client").equals("client");
      conf.setIfMissing(
          "spark.hadoop." + Locations.WORKING_DIRECTORY,
          atTheUsers ? System.getProperty("user.dir") : Locations.NONE);
    }
    conf.setIfMissing("spark.serializer", "org.apache.spark.serializer.KryoSerializer");
    conf.setIfMissing("spark.kryo.registrationRequired", "true");
    conf.setIfMissing("spark.kryo.registrator", JowaKryoRegistrator.class.getName());
    // A task that outlives its failed job would hold its slot against the next attempt.
    conf.setIfMissing("spark.task.reaper.enabled", "true");
    conf.setIfMissing("spark.task.reaper.killTimeout", "5s");
    conf.setIfMissing("spark.task.reaper.pollingInterval", "1s");
    // The default is a year.
    conf.setIfMissing("spark.barrier.sync.timeout", "300");
    conf.setIfMissing("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "1s");
    conf.setIfMissing(REGISTERED, "1.0");
    // A later option wins: the user's over the first of ours, but not over what natives need.
    conf.set(
        EXECUTOR_OPTIONS,
        String.join(" ", LATE_OPTIMISING, conf.get(EXECUTOR_OPTIONS, ""), NATIVES_OPTIONS));
    Map<String, String> environment =
        new TreeMap<>(ProcessEnvironment.of(conf.getInt("spark.task.cpus", 1)));
    if (conf.contains(AssignedDevice.GPUS_A_TASK)) {
      environment.putAll(ProcessEnvironment.ofGpus());
    }
    environment.forEach((name, value) -> conf.setIfMissing(EXECUTOR_ENVIRONMENT + name, value));
    return conf;
  }

  /** Whether tasks run in the driver's JVM. */
  public static boolean isLocal(String master) {
    return master.equals("local") || master.startsWith("local[");
  }

  /**
   * The configuration of Hadoop's file systems as Spark was given it, in the driver and in tasks.
   */
  public static Configuration hadoop() {
    return SparkHadoopUtil.get().newConfiguration(SparkEnv.get().conf());
  }

  /** Cores that one task computes with, {@code spark.task.cpus}. */
  public int threadsPerTask() {
    return spark.getConf().getInt("spark.task.cpus", 1);
  }

  /** The context, for what this class doesn't do. */
  public JavaSparkContext context() {
    return spark;
  }

  /** Work on one unit, in a task. */
  @FunctionalInterface
  public interface Work<U, R> extends Serializable {
    /**
     * @param progress counts what this task did
     */
    R on(U unit, TaskProgress progress) throws Exception;
  }

  /**
   * Does independent work, one task for each unit.
   *
   * @param label what is being done, for the console
   * @param counted what tasks count, in the plural
   * @param total how much they will count
   * @param units small; they and the results are serializable, or records that JSON can hold
   * @return the results in the order of the units
   * @throws InvalidInputException if the cluster ended the application
   */
  public <U, R> List<R> each(
      String label, String counted, long total, List<U> units, Work<U, R> work) {
    return each(label, Amount.of(counted, total), units, work);
  }

  /** The same of work whose parts may be shorter than foreseen. */
  @SuppressWarnings("unchecked")
  public <U, R> List<R> each(String label, Amount amount, List<U> units, Work<U, R> work) {
    try (StepProgress step = StepProgress.start(spark.sc(), label, amount)) {
      TaskProgress progress = step.counter();
      Message[] all = units.stream().map(Message::of).toArray(Message[]::new);
      List<Integer> places = IntStream.range(0, all.length).boxed().toList();
      JavaRDD<Integer> tasks = spark.parallelize(places, Math.max(1, all.length));
      Object[] results = new Object[all.length];
      tasks
          .map(
              place -> new TaskResult(place, Message.of(work.on((U) all[place].value(), progress))))
          .collect()
          .forEach(result -> results[result.index()] = ((Message) result.value()).value());
      return (List<R>) (List<?>) Arrays.asList(results);
    } catch (Exception e) {
      // Scala throws what it doesn't declare, too.
      requireGoingOn(spark.sc(), e);
      throw e;
    }
  }

  /**
   * Where the cluster manager ended the application, or somebody stopped this process, Spark only
   * says that its context is stopped.
   *
   * @throws InvalidInputException if the former is so
   * @throws StoppedException if the latter is so, and the failure doesn't say it itself
   */
  public static void requireGoingOn(SparkContext spark, Exception failure) {
    if (!spark.isStopped()) {
      return;
    }
    if (Shutdown.isUnderWay()) {
      if (ReportedException.in(failure).isEmpty()) {
        throw new StoppedException(
            "The command was stopped before it was done: run it again", failure);
      }
      return;
    }
    throw new InvalidInputException(
        "The cluster %s ended the application %s: it couldn't start executors, or somebody removed it. The logs of its master and workers say why."
            .formatted(spark.master(), spark.applicationId()),
        failure);
  }

  @Override
  public void close() {
    spark.close();
  }
}
