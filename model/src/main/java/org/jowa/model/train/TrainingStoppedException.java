package org.jowa.model.train;

import java.util.Locale;
import org.jowa.error.StoppedException;

/**
 * Training ended before its last step because it was asked to, with a checkpoint on disk. Thrown on
 * every rank.
 */
public final class TrainingStoppedException extends StoppedException {
  private static final long serialVersionUID = 1L;

  private final long step;
  private final String checkpoint;

  TrainingStoppedException(String why, long step, long total, String checkpoint) {
    super(
        String.format(
            Locale.ROOT,
            "Stopped on request (%s) at step %d of %d, checkpoint %s is written: run the same command again to go on",
            why,
            step,
            total,
            checkpoint),
        null);
    this.step = step;
    this.checkpoint = checkpoint;
  }

  /** Steps done. */
  public long step() {
    return step;
  }

  /** Where the checkpoint of that step is. */
  public String checkpoint() {
    return checkpoint;
  }
}
