package org.jowa.jobs.spark;

/**
 * The work of a command, or a part of that of another.
 *
 * @param <R> what it finds or makes
 */
@FunctionalInterface
public interface Job<R> {
  /** Does it, or what is left of it. */
  R run(SparkJobs jobs) throws Exception;
}
