package org.jowa.env;

import java.util.Arrays;

/**
 * Shrinks gray pictures to 84x84 by area, bit-equal to OpenCV's {@code INTER_AREA} (specification,
 * section 7). It has to be done in float32 and in this order: in double, one pixel of 500 lands on
 * the other side of a half. Not thread-safe.
 */
public final class AreaResize {
  /** Side of the result. */
  public static final int SIZE = 84;

  private final int width;
  private final int height;
  private final Taps horizontal;
  private final Taps vertical;
  private final float[] row = new float[SIZE];
  private final float[] sum = new float[SIZE];

  private AreaResize(int width, int height) {
    this.width = width;
    this.height = height;
    this.horizontal = Taps.of(width);
    this.vertical = Taps.of(height);
  }

  /**
   * A resize for pictures of one size.
   *
   * @throws IllegalArgumentException if a side is shorter than 84
   */
  public static AreaResize of(int width, int height) {
    if (width < SIZE || height < SIZE) {
      throw new IllegalArgumentException(
          "Cannot shrink a picture of %dx%d to %dx%d".formatted(width, height, SIZE, SIZE));
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
          "Expected pictures of %d pixels, found %d and %d"
              .formatted(width * height, first.length, second.length));
    }
    int summed = -1;
    for (int y = 0; y < SIZE; y++) {
      Arrays.fill(sum, 0f);
      for (int tap = vertical.start[y]; tap < vertical.start[y + 1]; tap++) {
        // A source row on the border of two target rows is needed twice in a row.
        if (vertical.source[tap] != summed) {
          summed = vertical.source[tap];
          shrinkRow(first, second, summed * width);
        }
        float weight = vertical.weight[tap];
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
    for (int x = 0; x < SIZE; x++) {
      float total = 0f;
      for (int tap = horizontal.start[x]; tap < horizontal.start[x + 1]; tap++) {
        int pixel = offset + horizontal.source[tap];
        int larger = Math.max(first[pixel] & 0xFF, second[pixel] & 0xFF);
        total += larger * horizontal.weight[tap];
      }
      row[x] = total;
    }
  }

  /** Which source pixels make up each target pixel of one axis, and with which weights. */
  private record Taps(int[] start, int[] source, float[] weight) {
    // Overlaps below this fraction of a pixel are left out, as OpenCV does.
    private static final double LEAST_OVERLAP = 1e-3;

    static Taps of(int length) {
      double scale = (double) length / SIZE;
      int[] start = new int[SIZE + 1];
      int[] source = new int[SIZE * ((int) scale + 3)];
      float[] weight = new float[source.length];
      int taps = 0;
      for (int target = 0; target < SIZE; target++) {
        double from = target * scale;
        double to = from + scale;
        double cell = Math.min(scale, length - from);
        int firstWhole = (int) Math.ceil(from);
        int afterWhole = Math.min((int) Math.floor(to), length - 1);
        firstWhole = Math.min(firstWhole, afterWhole);
        if (firstWhole - from > LEAST_OVERLAP) {
          source[taps] = firstWhole - 1;
          weight[taps++] = (float) ((firstWhole - from) / cell);
        }
        for (int pixel = firstWhole; pixel < afterWhole; pixel++) {
          source[taps] = pixel;
          weight[taps++] = (float) (1.0 / cell);
        }
        if (to - afterWhole > LEAST_OVERLAP) {
          source[taps] = afterWhole;
          weight[taps++] = (float) (Math.min(Math.min(to - afterWhole, 1.0), cell) / cell);
        }
        start[target + 1] = taps;
      }
      return new Taps(start, source, weight);
    }
  }
}
