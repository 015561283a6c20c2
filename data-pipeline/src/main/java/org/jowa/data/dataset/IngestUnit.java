package org.jowa.data.dataset;

/**
 * One task of an ingest: the files of a checkpoint of one run.
 *
 * @param complete whether all four files are there
 */
public record IngestUnit(String game, int run, int checkpoint, boolean complete) {
  @Override
  public String toString() {
    return game + " run " + run + " checkpoint " + checkpoint;
  }
}
