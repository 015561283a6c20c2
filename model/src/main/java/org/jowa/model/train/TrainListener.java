package org.jowa.model.train;

import java.util.Map;
import org.jowa.model.checkpoint.Checkpoint;

/**
 * Told what a rank's training does, on its own thread; returns quickly. All ranks are told the same
 * but for {@link #checkpointWritten}, so a launcher listens to one of them.
 */
public interface TrainListener {
  /** Hears nothing. */
  TrainListener NONE = new TrainListener() {};

  /**
   * The rank has its weights and begins.
   *
   * @param step steps that were done before, 0 in a new run
   * @param total steps that will have been done at the end
   */
  default void started(String stage, long step, long total) {}

  /** A step was done. */
  default void stepDone(Progress progress) {}

  /** Held-out losses were taken after {@code step} steps; by name, as in metrics. */
  default void heldOut(String stage, long step, Map<String, Double> losses) {}

  /**
   * A stage that is nearly over has learned nothing of something; at most once a stage and attempt.
   *
   * @param warning a sentence
   */
  default void warning(String stage, long step, String warning) {}

  /** Rank 0 has written a checkpoint, some steps ago perhaps. */
  default void checkpointWritten(Checkpoint checkpoint) {}

  /** The attempt is over, whether it reached its last step, was stopped or failed. */
  default void ended(TimeSpent time) {}

  /** Something that the user should read, in one line. */
  default void note(String line) {}

  /**
   * Where training is.
   *
   * @param stage of the step
   * @param step steps done
   * @param total steps that will have been done at the end
   * @param stepsPerSecond lately
   * @param losses of this step's global batch, by name, as in metrics
   * @param gradientNorm before clipping
   * @param time what the attempt's time went into so far
   */
  record Progress(
      String stage,
      long step,
      long total,
      double stepsPerSecond,
      Map<String, Double> losses,
      double gradientNorm,
      TimeSpent time) {}
}
