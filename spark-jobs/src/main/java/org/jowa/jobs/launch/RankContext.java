package org.jowa.jobs.launch;

import org.jowa.jobs.progress.TaskProgress;
import org.jowa.model.collective.Collective;

/**
 * What one rank knows of its run.
 *
 * @param collective joins the ranks; has this rank's number and the world size
 * @param threads cores that the rank computes with, {@code spark.task.cpus}
 * @param progress rank 0 says here how far the run is
 */
public record RankContext(Collective collective, int threads, TaskProgress progress) {}
