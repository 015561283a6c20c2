package org.jowa.data.dataset;

import java.util.List;
import org.jowa.data.replay.ReplayScan;

/**
 * What one task writes. It holds all that the bytes depend on, so its hash names them.
 *
 * @param options of the whole ingest
 * @param scan of the run's log
 * @param episodes those that are taken, in the order of play
 */
public record UnitPlan(IngestOptions options, ReplayScan scan, List<Taken> episodes) {
  /** The lane number of held-out episodes. */
  public static final int HELD_OUT_LANE = -1;

  public UnitPlan {
    episodes = List.copyOf(episodes);
  }

  /**
   * @param episode its place among the run's ended episodes
   * @param copies how often it counts; it is stored once
   * @param lane where it goes, or {@link #HELD_OUT_LANE}
   */
  public record Taken(int episode, int copies, int lane) {}

  public IngestUnit unit() {
    return new IngestUnit(scan.game(), scan.run());
  }
}
