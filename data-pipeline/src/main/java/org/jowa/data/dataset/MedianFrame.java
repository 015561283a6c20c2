package org.jowa.data.dataset;

/**
 * The median of every pixel over frames of a game: what stands still. What moves differs from it.
 *
 * <p>Counts of gray values add up, so the median doesn't depend on the order of the frames.
 */
public final class MedianFrame {
  /** Frames of a game that its median is taken of, at most. */
  public static final int MOST_FRAMES = 4096;

  private static final int PIXELS = StepColumns.FRAME_BYTES;
  private static final int GRAYS = 256;

  private final int[] counts = new int[PIXELS * GRAYS];
  private int frames;

  /** The median of a game's training frames, 84 x 84 gray values; reads them. */
  public static byte[] of(Dataset dataset, String game) {
    MedianFrame median = new MedianFrame();
    FrameSample.training(dataset, game, MOST_FRAMES).forEach(median::add);
    return median.pixels();
  }

  /**
   * Counts a frame's pixels.
   *
   * @param frame 84 x 84 gray values
   */
  public void add(byte[] frame) {
    if (frame.length != PIXELS) {
      throw new IllegalArgumentException(frame.length + " pixels, expected " + PIXELS);
    }
    for (int pixel = 0; pixel < PIXELS; pixel++) {
      counts[pixel * GRAYS + (frame[pixel] & 0xff)]++;
    }
    frames++;
  }

  /** The lower median of every pixel, 84 x 84: always a value that was seen; black of no frames. */
  public byte[] pixels() {
    byte[] median = new byte[PIXELS];
    int half = (frames + 1) / 2;
    for (int pixel = 0; pixel < PIXELS; pixel++) {
      int seen = 0;
      int gray = -1;
      while (seen < half) {
        seen += counts[pixel * GRAYS + ++gray];
      }
      median[pixel] = (byte) Math.max(0, gray);
    }
    return median;
  }
}
