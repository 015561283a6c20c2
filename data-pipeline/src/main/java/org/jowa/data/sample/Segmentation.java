package org.jowa.data.sample;

import org.jowa.error.UsageException;

/**
 * How an episode is cut into segments of equal length (spec 5.3).
 *
 * <p>Right padding: segment {@code j} covers steps {@code [j*stride, j*stride+length)} for every
 * start below the episode's length. Left padding: segment {@code j} ends before step {@code
 * episodeLength-1-j*stride}, for every end above 0; so the terminal step is in none of them.
 *
 * @param length steps in a segment
 * @param stride steps from one segment to the next
 * @param padding the side that is filled with zeros
 */
public record Segmentation(int length, int stride, Padding padding) {
  /** Length 8, stride 4, right padding: what training uses and what manifests count. */
  public static final Segmentation TRAINING = new Segmentation(8, 4, Padding.RIGHT);

  public Segmentation {
    if (length < 1 || stride < 1) {
      throw new UsageException(
          "Segments need a length and a stride of at least 1, found "
              + length
              + " and "
              + stride
              + ".");
    }
  }

  /** The same with segments of another length, half a length apart. */
  public Segmentation ofLength(int steps) {
    return new Segmentation(steps, Math.max(1, steps / 2), padding);
  }

  /** The same with another distance from one segment to the next. */
  public Segmentation ofStride(int steps) {
    return new Segmentation(length, steps, padding);
  }

  /** Segments of an episode of so many steps. */
  public int count(int episodeLength) {
    int reach = padding == Padding.RIGHT ? episodeLength : episodeLength - 1;
    return reach <= 0 ? 0 : (reach - 1) / stride + 1;
  }

  /** First step of a segment; negative when zeros stand before the episode's first step. */
  public int start(int segment, int episodeLength) {
    return padding == Padding.RIGHT
        ? segment * stride
        : episodeLength - 1 - segment * stride - length;
  }
}
