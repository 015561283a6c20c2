package org.jowa.data.replay;

import java.util.ArrayList;
import java.util.List;

/** What arrays of frames may look like. */
final class FrameShape {
  private FrameShape() {}

  /**
   * Accepts {@code [rows, 84, 84]}, with or without a dimension of 1 for the channel.
   *
   * @throws WrongEpisodesException if they are of another shape
   */
  static void require(List<Long> shape, long rows) {
    List<Long> sizes = new ArrayList<>(shape);
    if (sizes.size() == 4) {
      // One channel, before or behind the pixels.
      int channel = sizes.get(1) == 1 ? 1 : 3;
      if (sizes.get(channel) == 1) {
        sizes.remove(channel);
      }
    }
    if (!sizes.equals(List.of(rows, 84L, 84L))) {
      throw new WrongEpisodesException(
          "observations are %s, expected [%s, 84, 84]: one gray frame a row"
              .formatted(shape, rows));
    }
  }
}
