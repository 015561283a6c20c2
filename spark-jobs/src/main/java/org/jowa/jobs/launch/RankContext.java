package org.jowa.jobs.launch;

import org.jowa.jobs.progress.TaskProgress;
import org.jowa.model.collective.Collective;
import org.jowa.model.train.StopSignal;
import org.jowa.model.train.TimeSpent;

/**
 * What one rank knows of its run.
 *
 * @param collective joins the ranks; has this rank's number and the world size
 * @param threads cores that the rank computes with, {@code spark.task.cpus}
 * @param device {@code cpu}, or {@code cuda:0} and so on, by Spark's resource {@code gpu}
 * @param progress rank 0 says here how far the run is
 * @param stop asked from elsewhere to save and end
 * @param where every rank says here where it is
 */
public record RankContext(
    Collective collective,
    int threads,
    String device,
    TaskProgress progress,
    StopSignal stop,
    Where where) {

  /** Takes what a rank is doing, for the driver's reports and for failures. */
  @FunctionalInterface
  public interface Where {
    /**
     * @param step steps done
     * @param doing in a few words
     * @param time what this attempt's time went into so far
     */
    void at(long step, String doing, TimeSpent time);
  }
}
