package org.jowa.jobs.progress;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.collection.Iterator;

/**
 * The driver's view of one step that tasks work on: adds up what they report and prints it.
 *
 * <pre>{@code
 * try (StepProgress progress = StepProgress.start(spark, "tokenize", Amount.of("frames", frames))) {
 *   TaskProgress counter = progress.counter();
 *   // ... tasks call counter.advance(n)
 * }
 * }</pre>
 */
public final class StepProgress implements AutoCloseable {
  private final SparkContext spark;
  private volatile TaskProgress counter;
  private final Console console;
  private final Listener listener = new Listener();
  private final Map<Long, TaskProgress.State> tasks = new HashMap<>();

  private StepProgress(SparkContext spark, Console console) {
    this.spark = spark;
    this.console = console;
    this.counter = TaskProgress.none();
    spark.register(counter, TaskProgress.NAME);
    spark.addSparkListener(listener);
  }

  /**
   * Starts to show a step; close it when the step ends.
   *
   * @param label what is being done
   */
  public static StepProgress start(SparkContext spark, String label, Amount amount) {
    // Set by bin/jowa, which can ask; Java can't tell whether standard error is a terminal.
    boolean terminal = "true".equals(System.getenv("JOWA_TERMINAL"));
    return new StepProgress(spark, new Console(System.err, terminal, label, amount));
  }

  /** What tasks count with; travels in their closures. */
  public TaskProgress counter() {
    return counter;
  }

  /** Begins to count anew, for tasks that start over; returns what they count with. */
  public synchronized TaskProgress recount() {
    TaskProgress fresh = TaskProgress.none();
    spark.register(fresh, TaskProgress.NAME);
    tasks.clear();
    counter = fresh;
    return fresh;
  }

  @Override
  public void close() {
    spark.removeSparkListener(listener);
    TaskProgress.State state = counter.value();
    console.finish(state);
  }

  private synchronized void update(long task, AccumulableInfo info) {
    if (info.name().contains(TaskProgress.NAME)
        && info.id() == counter.id()
        && info.update().isDefined()
        && info.update().get() instanceof TaskProgress.State state) {
      tasks.put(task, state);
      TaskProgress.State all =
          tasks.values().stream().reduce(TaskProgress.State.NONE, TaskProgress.State::plus);
      console.show(
          new TaskProgress.State(all.done(), all.ended(), all.endedUnits(), state.message()));
    }
  }

  private final class Listener extends SparkListener {
    @Override
    public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate event) {
      event
          .accumUpdates()
          .foreach(
              update -> {
                Iterator<AccumulableInfo> infos = update._4().iterator();
                while (infos.hasNext()) {
                  StepProgress.this.update((Long) update._1(), infos.next());
                }
                return null;
              });
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd event) {
      Iterator<AccumulableInfo> infos = event.taskInfo().accumulables().iterator();
      while (infos.hasNext()) {
        StepProgress.this.update(event.taskInfo().taskId(), infos.next());
      }
    }
  }
}
