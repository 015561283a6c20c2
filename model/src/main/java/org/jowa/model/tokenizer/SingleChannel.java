package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * 3x3 convolutions with one channel at one end, of fp32 maps on a CPU, as matrix products: kernels
 * of convolutions work on blocks of channels, of which nearly all would be empty.
 */
final class SingleChannel {
  private static final int KERNEL = 3;
  private static final int WEIGHTS = KERNEL * KERNEL;

  private SingleChannel() {}

  /**
   * A convolution to one channel, frame by frame, so that a frame doesn't depend on its neighbours.
   *
   * @param x [n, in, h, w], channels last
   * @param weight [1, in, 3, 3]
   * @param bias [1]
   * @return [n, 1, h, w]
   */
  static Tensor forward(Tensor x, Tensor weight, Tensor bias) {
    long in = x.size(1);
    long height = x.size(2);
    long width = x.size(3);
    Tensor result = Tensors.empty(ScalarType.Float, x.size(0), height, width);
    try (StepScope scope = StepScope.inference()) {
      result.copy_(bias.expand(x.size(0), height, width));
      Tensor factor = weight.reshape(in, WEIGHTS).t();
      for (long frame = 0; frame < x.size(0); frame++) {
        try (StepScope frames = StepScope.inference()) {
          Tensor pixels = x.select(0, frame).permute(1, 2, 0).reshape(height * width, in);
          Tensor parts = factor.mm(pixels.t()).view(WEIGHTS, height, width);
          Tensor sum = result.select(0, frame);
          for (int place = 0; place < WEIGHTS; place++) {
            long down = place / KERNEL - 1;
            long right = place % KERNEL - 1;
            seenFrom(sum, -down, -right).add_(seenFrom(parts.select(0, place), down, right));
          }
        }
      }
    }
    return likeChannelsLast(result);
  }

  /**
   * The gradient of the weights of a convolution from or to one channel.
   *
   * @param gradient of the result, [n, out, h, w], channels last
   * @param x [n, in, h, w], channels last
   * @return [out, in, 3, 3]
   */
  static Tensor weightGradient(Tensor gradient, Tensor x) {
    if (x.size(1) == 1) {
      return rows(gradient).t().mm(neighbours(x)).view(gradient.size(1), 1, KERNEL, KERNEL);
    }
    // What a pixel of the input contributes to lies around it in the opposite order.
    return rows(x).t().mm(neighbours(gradient)).flip(1).view(1, x.size(1), KERNEL, KERNEL);
  }

  /** [n * h * w, c]. */
  private static Tensor rows(Tensor map) {
    return map.permute(0, 2, 3, 1).reshape(-1, map.size(1));
  }

  /** Each pixel with those around it, row by row, zero outside: [n * h * w, 9]. */
  private static Tensor neighbours(Tensor map) {
    long n = map.size(0);
    long height = map.size(2);
    long width = map.size(3);
    Tensor all = Tensors.zeros(ScalarType.Float, n, height, width, WEIGHTS);
    Tensor pixels = map.reshape(n, height, width);
    for (int place = 0; place < WEIGHTS; place++) {
      long down = place / KERNEL - 1;
      long right = place % KERNEL - 1;
      seenFrom(all.select(3, place), -down, -right).copy_(seenFrom(pixels, down, right));
    }
    return all.view(-1, WEIGHTS);
  }

  /** What is left of a map, [.., h, w], when it is moved up and to the left by so much. */
  private static Tensor seenFrom(Tensor map, long down, long right) {
    long rows = map.dim() - 2;
    long columns = map.dim() - 1;
    return map.narrow(rows, Math.max(0, down), map.size(rows) - Math.abs(down))
        .narrow(columns, Math.max(0, right), map.size(columns) - Math.abs(right));
  }

  /** Strides that say channels last: with one channel both layouts are the same memory. */
  private static Tensor likeChannelsLast(Tensor map) {
    long height = map.size(1);
    long width = map.size(2);
    return map.as_strided(
        new long[] {map.size(0), 1, height, width}, new long[] {height * width, 1, width, 1});
  }
}
