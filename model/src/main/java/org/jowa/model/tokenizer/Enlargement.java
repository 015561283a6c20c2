package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * A 3x3 convolution of a nearest-neighbour enlargement, computed on the map before it.
 *
 * <p>Along an axis a pixel of the result sees three pixels of the enlarged map, which are copies of
 * at most two of the small one, so that a kernel of two sums of weights will do. Which sums depends
 * on the place within the copies: the first sees the pixel before, the last the one after, and
 * those between, if there are any, see their own only. For each pair of such places there is a
 * kernel of 2x2; all of them make one convolution of the small map. Enlarged twice that is 4/9 of
 * the multiplications, enlarged seven times 1/9.
 *
 * @param factor of the enlargement, at least 2
 */
record Enlargement(long factor) {
  /** Weights of the sums along an axis, by place: of the earlier pixel, then of the later. */
  private static final float[][] SUMS = {
    {1, 0, 0, 0, 1, 1}, // first
    {1, 1, 0, 0, 0, 1}, // last
    {0, 0, 0, 1, 1, 1}, // between
  };

  private static final int LAST = 1;
  private static final int KERNEL = 3;
  private static final int SUMMED = 2;

  /** Kinds of places along an axis. */
  int places() {
    return factor == 2 ? 2 : SUMS.length;
  }

  /**
   * @param weight [out, in, 3, 3]
   * @return [places * places * out, in, 2, 2]
   */
  Tensor combined(Tensor weight) {
    long out = weight.size(0);
    long in = weight.size(1);
    int kinds = places() * places();
    return weight
        .reshape(out * in, KERNEL * KERNEL)
        .mm(sums())
        .view(out, in, kinds, SUMMED, SUMMED)
        .permute(2, 0, 1, 3, 4)
        .reshape(kinds * out, in, SUMMED, SUMMED);
  }

  /** One value a channel, for each kernel: [places * places * out]. */
  Tensor repeated(Tensor bias) {
    return bias.repeat((long) places() * places());
  }

  /**
   * The gradient of the weight from that of {@link #combined}.
   *
   * @return [out, in, 3, 3]
   */
  Tensor separated(Tensor gradient) {
    int kinds = places() * places();
    long out = gradient.size(0) / kinds;
    long in = gradient.size(1);
    return gradient
        .reshape(kinds, out, in, SUMMED * SUMMED)
        .permute(1, 2, 0, 3)
        .reshape(out * in, (long) kinds * SUMMED * SUMMED)
        .mm(sums().t())
        .view(out, in, KERNEL, KERNEL);
  }

  /**
   * Puts the results of the kernels to their pixels.
   *
   * @param results [n, places * places * out, h + 1, w + 1], channels last: of the convolution of
   *     the small map, padded by one pixel all round
   * @return [n, out, h * factor, w * factor], channels last
   */
  Tensor spread(Tensor results) {
    Tensor split = byPlace(results);
    long height = results.size(2) - 1;
    long width = results.size(3) - 1;
    long out = split.size(4);
    Tensor y =
        Tensors.empty(
            results.scalar_type().intern(), results.size(0), height, factor, width, factor, out);
    try (StepScope scope = StepScope.inference()) {
      for (int row = 0; row < places(); row++) {
        for (int column = 0; column < places(); column++) {
          copies(y, row, column).copy_(window(split, row, column).unsqueeze(2).unsqueeze(4));
        }
      }
    }
    return y.view(results.size(0), height * factor, width * factor, out).permute(0, 3, 1, 2);
  }

  /**
   * The gradient of {@link #spread}'s argument.
   *
   * @param gradient of its result, channels last
   */
  Tensor gather(Tensor gradient) {
    long n = gradient.size(0);
    long out = gradient.size(1);
    long height = gradient.size(2) / factor;
    long width = gradient.size(3) / factor;
    Tensor results =
        Tensors.zeros(
                gradient.scalar_type().intern(),
                n,
                height + 1,
                width + 1,
                (long) places() * places() * out)
            .permute(0, 3, 1, 2);
    try (StepScope scope = StepScope.inference()) {
      Tensor split = byPlace(results);
      Tensor y = gradient.permute(0, 2, 3, 1).view(n, height, factor, width, factor, out);
      for (int row = 0; row < places(); row++) {
        for (int column = 0; column < places(); column++) {
          Tensor copies = copies(y, row, column);
          boolean single = row <= LAST && column <= LAST;
          window(split, row, column)
              .copy_(single ? copies.select(4, 0).select(2, 0) : copies.sum(2, 4));
        }
      }
    }
    return results;
  }

  /** [n, h + 1, w + 1, places * places, out]. */
  private Tensor byPlace(Tensor results) {
    int kinds = places() * places();
    return results
        .permute(0, 2, 3, 1)
        .view(results.size(0), results.size(2), results.size(3), kinds, results.size(1) / kinds);
  }

  /**
   * The results for one kind of place, [n, h, w, out]: windows that begin at a pixel, for the last
   * copies, and elsewhere at the one before.
   */
  private Tensor window(Tensor split, int row, int column) {
    return split
        .select(3, (long) row * places() + column)
        .narrow(1, row == LAST ? 1 : 0, split.size(1) - 1)
        .narrow(2, column == LAST ? 1 : 0, split.size(2) - 1);
  }

  /** The pixels of one kind of place, [n, h, rows, w, columns, out]. */
  private Tensor copies(Tensor y, int row, int column) {
    return y.narrow(2, first(row), count(row)).narrow(4, first(column), count(column));
  }

  private long first(int place) {
    return switch (place) {
      case 0 -> 0;
      case LAST -> factor - 1;
      default -> 1;
    };
  }

  private long count(int place) {
    return place <= LAST ? 1 : factor - 2;
  }

  /** From the weights of a kernel to those of all combined ones: [9, places * places * 4]. */
  private Tensor sums() {
    int kinds = places() * places();
    int columns = kinds * SUMMED * SUMMED;
    float[] values = new float[KERNEL * KERNEL * columns];
    for (int weight = 0; weight < KERNEL * KERNEL; weight++) {
      for (int column = 0; column < columns; column++) {
        int kind = column / (SUMMED * SUMMED);
        int summed = column % (SUMMED * SUMMED);
        float vertical = SUMS[kind / places()][summed / SUMMED * KERNEL + weight / KERNEL];
        float horizontal = SUMS[kind % places()][summed % SUMMED * KERNEL + weight % KERNEL];
        values[weight * columns + column] = vertical * horizontal;
      }
    }
    return Tensors.of(values, (long) KERNEL * KERNEL, columns);
  }
}
