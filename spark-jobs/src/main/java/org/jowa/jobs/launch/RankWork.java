package org.jowa.jobs.launch;

import java.io.Serializable;

/**
 * What every rank of a run does.
 *
 * @param <R> what a rank hands to the driver
 */
@FunctionalInterface
public interface RankWork<R extends Serializable> extends Serializable {
  /**
   * Runs in the rank's own thread from beginning to end.
   *
   * @throws Exception whatever stops this rank; all others are told
   */
  R run(RankContext rank) throws Exception;
}
