package org.jowa.model.patches;

import java.util.Arrays;
import org.jowa.env.game.Observation;

/** 14 x 14 gray values: a frame of 84 x 84 has 36 of them, row by row. */
public final class Patch implements Comparable<Patch> {
  static final int SIDE = 14;
  static final int PIXELS = SIDE * SIDE;
  static final int FRAME_SIDE = Observation.SIDE;

  private static final int GRID = FRAME_SIDE / SIDE;

  /** The binomial weights of {@link #smoothed}, which add up to 16. */
  private static final byte[] KERNEL = {1, 4, 6, 4, 1};

  private static final int REACH = KERNEL.length / 2;
  private static final int WEIGHT = 16 * 16;

  /** Patches of a frame. */
  static final int OF_FRAME = GRID * GRID;

  private final byte[] pixels;
  private final int hash;

  /** Takes over the array. */
  public Patch(byte[] pixels) {
    this.pixels = pixels;
    this.hash = Arrays.hashCode(pixels);
  }

  /** The patch at a place of a frame's grid, 0 to 35. */
  static Patch of(byte[] frame, int place) {
    return of(frame, 0, place);
  }

  /**
   * The same of one of many frames.
   *
   * @param start of the frame's pixels
   */
  public static Patch of(byte[] frames, int start, int place) {
    byte[] pixels = new byte[PIXELS];
    int first = start + place / GRID * SIDE * FRAME_SIDE + place % GRID * SIDE;
    for (int row = 0; row < SIDE; row++) {
      System.arraycopy(frames, first + row * FRAME_SIDE, pixels, row * SIDE, SIDE);
    }
    return new Patch(pixels);
  }

  /** Its gray values, not a copy. */
  public byte[] pixels() {
    return pixels;
  }

  /** What {@link #smoothed} weighs neighbours by, along rows and columns. */
  public static byte[] kernel() {
    return KERNEL.clone();
  }

  /**
   * The patch as it is compared: each pixel is the mean of those around it, by {@link #kernel};
   * pixels at the border go on behind it. A ball that is one pixel off is then nearer than none,
   * where pixel by pixel it would be twice as far.
   */
  public Patch smoothed() {
    int[] alongRows = new int[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      for (int k = -REACH; k <= REACH; k++) {
        int column = Math.min(SIDE - 1, Math.max(0, i % SIDE + k));
        alongRows[i] += KERNEL[k + REACH] * (pixels[i - i % SIDE + column] & 0xff);
      }
    }
    byte[] means = new byte[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      int sum = WEIGHT / 2;
      for (int k = -REACH; k <= REACH; k++) {
        int row = Math.min(SIDE - 1, Math.max(0, i / SIDE + k));
        sum += KERNEL[k + REACH] * alongRows[row * SIDE + i % SIDE];
      }
      means[i] = (byte) (sum / WEIGHT);
    }
    return new Patch(means);
  }

  /** Squared distance, at most 196 x 255 x 255. */
  int distance(Patch other) {
    int sum = 0;
    for (int i = 0; i < PIXELS; i++) {
      int difference = (pixels[i] & 0xff) - (other.pixels[i] & 0xff);
      sum += difference * difference;
    }
    return sum;
  }

  @Override
  public int compareTo(Patch other) {
    return Arrays.compareUnsigned(pixels, other.pixels);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Patch patch && Arrays.equals(pixels, patch.pixels);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
