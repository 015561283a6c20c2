package org.jowa.data.dataset;

/** One task of an ingest: the log of one run of a game. */
public record IngestUnit(String game, int run) {
  @Override
  public String toString() {
    return game + " run " + run;
  }
}
