package org.jowa.jobs.launch;

import java.util.Map;

/** Told on the driver how the ranks of a run fare; returns quickly. */
public interface LaunchListener {
  /** Hears nothing. */
  LaunchListener NONE = new LaunchListener() {};

  /**
   * An attempt begins.
   *
   * @param attempt from 1
   * @param ranks that it has
   * @param wanted ranks that the user asked for
   */
  default void started(int attempt, int ranks, int wanted) {}

  /** Ranks have told something; the newest report of each, by rank. */
  default void heard(Map<Integer, RankReport> reports) {}

  /**
   * An attempt failed.
   *
   * @param reason which rank failed first, where and why
   * @param usefulSeconds of rank 0 in steps of this attempt whose result was saved
   * @param again whether another one follows
   */
  default void failed(String reason, double usefulSeconds, boolean again) {}

  /**
   * The run was stopped, and saved first.
   *
   * @param usefulSeconds as in {@link #failed}
   */
  default void stopped(double usefulSeconds) {}

  /** The ranks have done their work. */
  default void finished(LaunchSummary summary) {}
}
