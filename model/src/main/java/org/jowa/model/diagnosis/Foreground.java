package org.jowa.model.diagnosis;

import static org.jowa.env.game.Observation.SIDE;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What stands out from a game's median frame: pixels, and connected sets of them. */
final class Foreground {
  private final byte[] median;

  /**
   * @param median the game's median frame, 84 x 84 gray values
   */
  Foreground(byte[] median) {
    requireFrame(median);
    this.median = median.clone();
  }

  /** Gray values by which a pixel of a frame differs from the median's. */
  int difference(byte[] frame, int pixel) {
    return Math.abs((frame[pixel] & 0xff) - (median[pixel] & 0xff));
  }

  /**
   * The pixels that stand out, true where one does.
   *
   * @param frame 84 x 84 gray values
   * @param contrast gray values that a pixel has to differ by, at least
   */
  boolean[] pixels(byte[] frame, int contrast) {
    requireFrame(frame);
    boolean[] pixels = new boolean[frame.length];
    for (int pixel = 0; pixel < pixels.length; pixel++) {
      pixels[pixel] = difference(frame, pixel) >= contrast;
    }
    return pixels;
  }

  /**
   * Connected sets of pixels, diagonal neighbours included, in the order of their first pixels.
   *
   * @param pixels 84 x 84, true where one belongs to a set; all false afterwards
   */
  static List<int[]> connected(boolean[] pixels) {
    List<int[]> sets = new ArrayList<>();
    int[] set = new int[pixels.length];
    for (int first = 0; first < pixels.length; first++) {
      if (pixels[first]) {
        pixels[first] = false;
        set[0] = first;
        int size = 1;
        for (int done = 0; done < size; done++) {
          for (int neighbour : around(set[done])) {
            if (pixels[neighbour]) {
              pixels[neighbour] = false;
              set[size++] = neighbour;
            }
          }
        }
        sets.add(Arrays.copyOf(set, size));
      }
    }
    return sets;
  }

  /** A pixel and its neighbours, diagonal ones included. */
  static int[] around(int pixel) {
    int row = pixel / SIDE;
    int column = pixel % SIDE;
    int[] around = new int[9];
    int count = 0;
    for (int r = Math.max(0, row - 1); r <= Math.min(SIDE - 1, row + 1); r++) {
      for (int c = Math.max(0, column - 1); c <= Math.min(SIDE - 1, column + 1); c++) {
        around[count++] = r * SIDE + c;
      }
    }
    return Arrays.copyOf(around, count);
  }

  private static void requireFrame(byte[] frame) {
    if (frame.length != SIDE * SIDE) {
      throw new IllegalArgumentException(frame.length + " pixels, expected 84 x 84");
    }
  }
}
