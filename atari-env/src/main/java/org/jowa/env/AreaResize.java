package org.jowa.env;

import java.util.Arrays;
import java.util.Locale;
import org.jowa.env.game.Observation;

/**
 * Shrinks gray pictures to 84x84 by area, bit-equal to OpenCV's {@code INTER_AREA} (specification,
 * section 7). It has to be done in float32 and in this order: in double, one pixel of 500 lands on
 * the other side of a half. Not thread-safe.
 */
public final class AreaResize {
  /** Side of the result. */
  public static final int SIZE = Observation.SIDE;

  private final int width;
  private final int height;
  private final Taps horizontal;
  private final Taps vertical;
  private final float[] larger;
  private final float[] row = new float[SIZE];
  private final float[] sum = new float[SIZE];

  private AreaResize(int width, int height) {
    this.width = width;
    this.height = height;
    this.horizontal = Taps.of(width);
    this.vertical = Taps.of(height);
    this.larger = new float[width];
  }

  /**
   * A resize for pictures of one size.
   *
   * @throws IllegalArgumentException if a side is shorter than 84
   */
  public static AreaResize of(int width, int height) {
    if (width < SIZE || height < SIZE) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Cannot shrink a picture of %dx%d to %dx%d", width, height, SIZE, SIZE));
    }
    return new AreaResize(width, height);
  }

  /**
   * Shrinks the larger of two pictures, pixel by pixel.
   *
   * @param first {@code [height, width]}, unsigned
   * @param second {@code [height, width]}, unsigned
   * @param target receives {@code [84, 84]}, unsigned
   * @param offset where in the target
   */
  public void shrinkMax(byte[] first, byte[] second, byte[] target, int offset) {
    if (first.length != width * height || second.length != width * height) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Expected pictures of %d pixels, found %d and %d",
              width * height,
              first.length,
              second.length));
    }
    int summed = -1;
    for (int y = 0; y < SIZE; y++) {
      Arrays.fill(sum, 0f);
      for (int tap = 0; tap < vertical.taps && vertical.weight[tap][y] > 0; tap++) {
        // A source row on the border of two target rows is needed twice in a row.
        if (vertical.source[tap][y] != summed) {
          summed = vertical.source[tap][y];
          shrinkRow(first, second, summed * width);
        }
        float weight = vertical.weight[tap][y];
        for (int x = 0; x < SIZE; x++) {
          sum[x] += weight * row[x];
        }
      }
      for (int x = 0; x < SIZE; x++) {
        target[offset + y * SIZE + x] = (byte) Math.min(255, (int) Math.rint(sum[x]));
      }
    }
  }

  private void shrinkRow(byte[] first, byte[] second, int offset) {
    for (int x = 0; x < width; x++) {
      larger[x] = Math.max(first[offset + x] & 0xFF, second[offset + x] & 0xFF);
    }
    Arrays.fill(row, 0f);
    for (int tap = 0; tap < horizontal.taps; tap++) {
      int[] source = horizontal.source[tap];
      float[] weight = horizontal.weight[tap];
      for (int x = 0; x < SIZE; x++) {
        row[x] += larger[source[x]] * weight[x];
      }
    }
  }

  /**
   * Which source pixels make up each target pixel of one axis, and with which weights: {@code
   * [taps][84]}. A target pixel with fewer taps than others has weights of zero at the end.
   */
  private record Taps(int taps, int[][] source, float[][] weight) {
    // Overlaps below this fraction of a pixel are left out, as OpenCV does.
    private static final double LEAST_OVERLAP = 1e-3;

    static Taps of(int length) {
      double scale = (double) length / SIZE;
      int taps = (int) scale + 2;
      int[][] source = new int[taps][SIZE];
      float[][] weight = new float[taps][SIZE];
      for (int target = 0; target < SIZE; target++) {
        double from = target * scale;
        double to = from + scale;
        double cell = Math.min(scale, length - from);
        int firstWhole = (int) Math.ceil(from);
        int afterWhole = Math.min((int) Math.floor(to), length - 1);
        firstWhole = Math.min(firstWhole, afterWhole);
        int tap = 0;
        if (firstWhole - from > LEAST_OVERLAP) {
          source[tap][target] = firstWhole - 1;
          weight[tap++][target] = (float) ((firstWhole - from) / cell);
        }
        for (int pixel = firstWhole; pixel < afterWhole; pixel++) {
          source[tap][target] = pixel;
          weight[tap++][target] = (float) (1.0 / cell);
        }
        if (to - afterWhole > LEAST_OVERLAP) {
          source[tap][target] = afterWhole;
          weight[tap++][target] = (float) (Math.min(Math.min(to - afterWhole, 1.0), cell) / cell);
        }
      }
      return new Taps(taps, source, weight);
    }
  }
}
