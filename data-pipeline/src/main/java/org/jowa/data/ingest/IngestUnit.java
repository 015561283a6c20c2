package org.jowa.data.ingest;

import org.jowa.data.dataset.SkippedSource;
import org.jowa.data.replay.DamagedLogException;
import org.jspecify.annotations.Nullable;

/**
 * One task of an ingest: the files of a checkpoint of one run.
 *
 * @param complete whether all four files are there
 */
public record IngestUnit(String game, int run, int checkpoint, boolean complete) {
  /**
   * What the manifest says where a file of it is missing or damaged.
   *
   * @param episodes that are missing with it; null where they couldn't be counted
   */
  SkippedSource skipped(DamagedLogException e, @Nullable Integer episodes) {
    return new SkippedSource(game, run, checkpoint, e.file(), e.reason(), episodes);
  }

  @Override
  public String toString() {
    return game + " run " + run + " checkpoint " + checkpoint;
  }
}
