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
   * @param ended parts of the work that have ended
   * @param endedUnits units that these took
   * @param message what else there is to say; the newest one counts
   */
  public record State(long done, long ended, long endedUnits, String message)
      implements java.io.Serializable {
    static final State NONE = of(0, "");

    static State of(long done, String message) {
      return new State(done, 0, 0, message);
    }

    State plus(State later) {
      return new State(
          done + later.done,
          ended + later.ended,
          endedUnits + later.endedUnits,
          later.message.isEmpty() ? message : later.message);
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

  /** Nothing done yet. */
  public static TaskProgress none() {
    return new TaskProgress(State.NONE);
  }

  /** Counts work that this task did since the last call. */
  public void advance(long units) {
    add(State.of(units, ""));
  }

  /** Counts a part of the work that has ended, whose units were counted before. */
  public void ended(long units) {
    add(new State(0, 1, units, ""));
  }

  /** Says how much this task has done in all, and something about it. */
  public synchronized void at(long done, String message) {
    state = State.of(done, message);
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
