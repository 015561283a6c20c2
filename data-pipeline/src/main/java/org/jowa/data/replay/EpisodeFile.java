package org.jowa.data.replay;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** Episodes of one file in the order of play, row t being what was seen, done and earned for it. */
public interface EpisodeFile extends Closeable {
  /** All but the frames. */
  Steps steps();

  /**
   * Reads the next row's frame.
   *
   * @param frame gets 84 x 84 gray bytes
   * @throws WrongEpisodesException if it isn't as described
   * @throws IOException if it can't be read
   */
  void nextFrame(byte[] frame) throws IOException;

  /**
   * What was done and what came of it, a number a row.
   *
   * @param terminals not 0 where the game was over then
   * @param cuts not 0 where the episode was cut then; empty where the file doesn't tell
   */
  record Steps(double[] actions, double[] rewards, double[] terminals, Optional<double[]> cuts) {
    /**
     * @throws WrongEpisodesException if they are of different numbers of rows, or of none
     */
    public Steps {
      if (rewards.length != actions.length
          || terminals.length != actions.length
          || cuts.filter(numbers -> numbers.length != actions.length).isPresent()) {
        throw new WrongEpisodesException(
            "it has %s actions, %s rewards%s"
                .formatted(
                    actions.length,
                    rewards.length,
                    cuts.map(
                            numbers ->
                                ", %s terminals and %s truncations"
                                    .formatted(terminals.length, numbers.length))
                        .orElseGet(() -> " and %s terminals".formatted(terminals.length))));
      }
      if (actions.length == 0) {
        throw new WrongEpisodesException("it has no rows");
      }
    }

    int rows() {
      return actions.length;
    }
  }
}
