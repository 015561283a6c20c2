package org.jowa.model.train;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jowa.env.game.Games;

/**
 * Which samples a rank's share of a batch has.
 *
 * @param samples global indices
 * @param games id of each sample's game
 */
@SuppressWarnings("ArrayRecordComponent")
record BatchDescription(long[] samples, int[] games) {
  private static final int SHOWN = 16;

  @Override
  public String toString() {
    String indices =
        LongStream.of(samples)
            .limit(SHOWN)
            .mapToObj(Long::toString)
            .collect(Collectors.joining(", "));
    String more = samples.length > SHOWN ? " and " + (samples.length - SHOWN) + " more" : "";
    String names =
        Arrays.stream(games)
            .distinct()
            .sorted()
            .mapToObj(id -> Games.byId(id).name())
            .collect(Collectors.joining(", "));
    return "samples " + indices + more + " of " + names;
  }
}
