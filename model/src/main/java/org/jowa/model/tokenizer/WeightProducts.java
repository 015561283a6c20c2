package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * Gradients of the weights of convolutions with stride 1 as matrix products, frame by frame, for
 * fp32 maps on a CPU.
 *
 * <p>OneDNN's kernel for CPUs without AVX-512 goes over the whole map again for every 8x8 block of
 * channels, so with many channels and a large map, which doesn't fit into the cache, it reaches a
 * third of the speed of its other kernels; and with a single channel at one end, less.
 */
final class WeightProducts {
  /** From here on products were faster, measured on CPUs with AVX2. */
  private static final long MANY_CHANNELS = 32;

  private static final long LARGE_MAP = 42L * 42;

  private WeightProducts() {}

  /** Whether products are the faster way on this CPU. */
  static boolean isFaster(Tensor x, Tensor weight) {
    long in = weight.size(1);
    long out = weight.size(0);
    boolean large = x.size(2) * x.size(3) >= LARGE_MAP;
    return large && Math.min(in, out) >= MANY_CHANNELS && !hasAvx512();
  }

  private static boolean hasAvx512() {
    return torch.get_cpu_capability().getString().equals("AVX512");
  }

  /**
   * @param gradient of the result, [n, out, h', w'], channels last
   * @param x [n, in, h, w], channels last
   * @return [out, in, kernel, kernel]
   */
  static Tensor gradient(Tensor gradient, Tensor x, long kernel, long padding) {
    long in = x.size(1);
    long out = gradient.size(1);
    Tensor sums = Tensors.zeros(ScalarType.Float, kernel, out, kernel * in);
    try (StepScope scope = StepScope.inference()) {
      long rows = gradient.size(2);
      long columns = gradient.size(3);
      // What one row of the kernel is multiplied with; what lies outside stays zero.
      Tensor windows =
          Tensors.zeros(ScalarType.Float, x.size(2) + 2 * padding, columns, kernel, in);
      for (long frame = 0; frame < x.size(0); frame++) {
        try (StepScope frames = StepScope.inference()) {
          fill(windows, x.select(0, frame).permute(1, 2, 0), kernel, padding);
          Tensor factor =
              gradient.select(0, frame).permute(1, 2, 0).reshape(rows * columns, out).t();
          for (long row = 0; row < kernel; row++) {
            Tensor window = windows.narrow(0, row, rows).view(rows * columns, kernel * in);
            sums.select(0, row).addmm_(factor, window);
          }
        }
      }
    }
    return sums.view(kernel, out, kernel, in).permute(1, 3, 0, 2);
  }

  /** Copies a frame, [h, w, in], once for each column of the kernel, moved by it. */
  private static void fill(Tensor windows, Tensor frame, long kernel, long padding) {
    long height = frame.size(0);
    long width = frame.size(1);
    Tensor inside = windows.narrow(0, padding, height);
    for (long column = 0; column < kernel; column++) {
      long from = Math.max(0, padding - column);
      long to = Math.min(windows.size(1), width + padding - column);
      inside
          .select(2, column)
          .narrow(1, from, to - from)
          .copy_(frame.narrow(1, from + column - padding, to - from));
    }
  }
}
