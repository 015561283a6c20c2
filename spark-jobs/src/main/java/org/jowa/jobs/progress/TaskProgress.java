package org.jowa.jobs.progress;

import org.apache.spark.util.AccumulatorV2;

/**
 * How far the tasks of one step are. Spark carries it to the driver with the executors' heartbeats,
 * on every cluster manager alike, so that no connection of our own can fail a job.
 *
 * <p>In a task: {@code progress.advance(steps)}, or {@code progress.at(step, "loss 1.23")} where
 * one rank speaks for all.
 */
public final class TaskProgress extends AccumulatorV2<TaskProgress.State, TaskProgress.State> {
  private static final long serialVersionUID = 1L;

  /** Name under which the driver's listener finds it. */
  static final String NAME = "jowa.progress";

  /**
   * @param done units of work done
   * @param message what else there is to say; the newest one counts
   */
  public record State(long done, String message) implements java.io.Serializable {
    static final State NONE = new State(0, "");

    State plus(State later) {
      return new State(done + later.done, later.message.isEmpty() ? message : later.message);
    }
  }

  /**
   * Null for a moment in a task: Spark registers an accumulator, and a heartbeat may look at it,
   * before the fields of this class are read from the closure. An exception there would end the
   * heartbeats for good.
   */
  private State state;

  private TaskProgress(State state) {
    this.state = state;
  }

  static TaskProgress none() {
    return new TaskProgress(State.NONE);
  }

  /** Counts work that this task did since the last call. */
  public void advance(long units) {
    add(new State(units, ""));
  }

  /** Says how much this task has done in all, and something about it. */
  public synchronized void at(long done, String message) {
    state = new State(done, message);
  }

  @Override
  public synchronized boolean isZero() {
    return value().equals(State.NONE);
  }

  @Override
  public synchronized AccumulatorV2<State, State> copy() {
    return new TaskProgress(value());
  }

  @Override
  public synchronized void reset() {
    state = State.NONE;
  }

  @Override
  public synchronized void add(State more) {
    state = value().plus(more);
  }

  @Override
  public synchronized void merge(AccumulatorV2<State, State> other) {
    state = value().plus(other.value());
  }

  @Override
  public synchronized State value() {
    return state == null ? State.NONE : state;
  }
}
