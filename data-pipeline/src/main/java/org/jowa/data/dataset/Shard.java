package org.jowa.data.dataset;

import java.util.Locale;
import org.jowa.error.InvalidInputException;

/**
 * One file of a data set.
 *
 * @param path below the data set's (or token set's) folder
 * @param lane or {@link #HELD_OUT_LANE}
 * @param game name of the game of all its rows
 * @param run of the log it comes from
 * @param rows frames
 * @param episodes whole episodes
 * @param bytes size of the file
 * @param sha256 of the file's bytes
 */
public record Shard(
    String path,
    int lane,
    String game,
    int run,
    int rows,
    int episodes,
    long bytes,
    String sha256) {
  /** The lane number of held-out episodes. */
  public static final int HELD_OUT_LANE = -1;

  /**
   * @throws InvalidInputException when it can't be a shard
   */
  public Shard {
    if (path == null
        || game == null
        || sha256 == null
        || path.startsWith("/")
        || path.contains("..")
        || path.contains(":")
        || rows < 0
        || episodes < 0
        || bytes < 0) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "A shard of path %s, game %s, %d rows, %d episodes, %d bytes and SHA-256 %s makes no sense.",
              path,
              game,
              rows,
              episodes,
              bytes,
              sha256));
    }
  }

  public boolean isHeldOut() {
    return lane == HELD_OUT_LANE;
  }
}
