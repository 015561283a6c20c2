package org.jowa.model.diagnosis;

import java.util.Arrays;

/**
 * Tells whether reconstructions show what moved. Bricks and digits that stand still for hundreds of
 * frames count as {@linkplain SmallObjects small things} in each, and a ball that is lost where it
 * matters hardly shows among them; here a thing counts only where it has just come to.
 *
 * <p>A thing is a connected set of fewer than {@value SmallObjects#TOO_LARGE} pixels, diagonal
 * neighbours included, that stand out from the game's median frame by {@value
 * SmallObjects#CONTRAST} gray values or more, and did not in the frame before. It is found again if
 * at least half of its pixels have, at most one pixel away, a pixel of the reconstruction that
 * stands out from the median by at least {@value #FOUND_CONTRAST}.
 */
final class MovedThings {
  /** Two thirds of the original's: a pale ball can still be told from the court. */
  private static final int FOUND_CONTRAST = 2 * SmallObjects.CONTRAST / 3;

  private final Foreground foreground;
  private long things;
  private long found;

  /**
   * @param median the game's median frame, 84 x 84 gray values
   */
  MovedThings(byte[] median) {
    this.foreground = new Foreground(median);
  }

  /**
   * Counts what a frame has that moved.
   *
   * @param previous the frame one step before in the same episode, 84 x 84 gray values
   * @param frame likewise
   * @param reconstruction of the frame, likewise
   */
  void add(byte[] previous, byte[] frame, byte[] reconstruction) {
    boolean[] before = foreground.pixels(previous, SmallObjects.CONTRAST);
    boolean[] moved = foreground.pixels(frame, SmallObjects.CONTRAST);
    for (int pixel = 0; pixel < moved.length; pixel++) {
      moved[pixel] &= !before[pixel];
    }
    boolean[] shown = foreground.pixels(reconstruction, FOUND_CONTRAST);
    for (int[] thing : Foreground.connected(moved)) {
      if (thing.length < SmallObjects.TOO_LARGE) {
        things++;
        long pixels = Arrays.stream(thing).filter(pixel -> isNear(pixel, shown)).count();
        found += 2 * pixels >= thing.length ? 1 : 0;
      }
    }
  }

  private static boolean isNear(int pixel, boolean[] shown) {
    return Arrays.stream(Foreground.around(pixel)).anyMatch(neighbour -> shown[neighbour]);
  }

  /** Share of the things that moved that were found again, 0 to 1; NaN if nothing moved. */
  double recall() {
    return (double) found / things;
  }
}
