package org.jowa.jobs.launch;

import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.util.AccumulatorV2;

/**
 * The newest report of each rank. Travels as {@link org.jowa.jobs.progress.TaskProgress} does, with
 * the executors' heartbeats: no connection of our own that could fail a job.
 */
final class RankReports extends AccumulatorV2<RankReport, Map<Integer, RankReport>> {
  private static final long serialVersionUID = 1L;

  static final String NAME = "jowa.ranks";

  /**
   * Never altered, only replaced: a heartbeat writes it out at any moment. Null for a moment in a
   * task, see {@link org.jowa.jobs.progress.TaskProgress}.
   */
  private volatile TreeMap<Integer, RankReport> newest = new TreeMap<>();

  @Override
  public boolean isZero() {
    return value().isEmpty();
  }

  @Override
  public RankReports copy() {
    RankReports copy = new RankReports();
    copy.newest = new TreeMap<>(value());
    return copy;
  }

  @Override
  public void reset() {
    newest = new TreeMap<>();
  }

  @Override
  public synchronized void add(RankReport report) {
    TreeMap<Integer, RankReport> next = new TreeMap<>(value());
    next.merge(report.rank(), report, (a, b) -> a.millis() > b.millis() ? a : b);
    newest = next;
  }

  @Override
  public void merge(AccumulatorV2<RankReport, Map<Integer, RankReport>> other) {
    other.value().values().forEach(this::add);
  }

  @Override
  public Map<Integer, RankReport> value() {
    Map<Integer, RankReport> now = newest;
    return now == null ? Map.of() : now;
  }
}
