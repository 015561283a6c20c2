package org.jowa.data.replay;

import java.util.List;

/**
 * An ended episode of a run.
 *
 * @param number its place among the run's ended episodes, from 0
 * @param parts its rows in the order of play, padding rows too
 * @param length its steps; where the log looks padded the padding rows are left out already, but
 *     only the frames can tell for sure
 */
public record LoggedEpisode(int number, List<Part> parts, int length) {
  public LoggedEpisode {
    parts = List.copyOf(parts);
  }

  /** Its rows in the files, padding rows too. */
  int rows() {
    return parts.stream().mapToInt(Part::rows).sum();
  }

  /** The checkpoint and row of its terminal. */
  Part last() {
    return parts.get(parts.size() - 1);
  }
}
