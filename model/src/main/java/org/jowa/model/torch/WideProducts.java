package org.jowa.model.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Products of matrices by oneDNN, on processors of which torch's BLAS, Intel's MKL, uses half: on
 * those with AVX-512 that aren't Intel's it stays with vectors of half their width. Elsewhere it is
 * as fast and needs no copies.
 */
public final class WideProducts {
  private static final Path PROCESSOR = Path.of("/proc/cpuinfo");

  private WideProducts() {}

  /** Whether to use them: that they pay here, and are right. */
  public static boolean areFaster(Compute compute) {
    return compute.equals(Compute.FP32_ON_CPU)
        && isHalfUsed()
        && FastPath.isTrusted(
            compute,
            "products by oneDNN",
            () -> List.of(trial(296, 256, 128), trial(1023, 132, 50), trial(1, 512, 2048)));
  }

  /** A name, since a clock would choose differently from run to run and so change a run's bits. */
  private static boolean isHalfUsed() {
    if (!Files.isReadable(PROCESSOR)) {
      return false;
    }
    try {
      List<String> lines = Files.readAllLines(PROCESSOR);
      return lines.stream().anyMatch(line -> line.startsWith("flags") && line.contains(" avx512f "))
          && lines.stream()
              .noneMatch(line -> line.startsWith("vendor_id") && line.contains("GenuineIntel"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A product in memory of its own, in the caller's scope.
   *
   * @param left fp32 [m, k], in any layout
   * @param right fp32 [k, n], as well
   */
  public static Tensor multiply(Tensor left, Tensor right) {
    try (Tensor weight = right.t();
        IValue of = new IValue(weight)) {
      return OneDnn.linear(left, of, OneDnn.none());
    }
  }

  /** As a layer and its gradients make them. */
  private static FastPath.Trial trial(long rows, long in, long out) {
    return new FastPath.Trial(
        rows + " rows, " + in + " to " + out + " columns",
        () -> {
          Tensor x = numbers(0, rows, in);
          Tensor weight = numbers(1, out, in);
          Tensor gradient = numbers(2, rows, out);
          return List.of(
              multiply(x, weight.t()), multiply(gradient, weight), multiply(gradient.t(), x));
        },
        () -> {
          Tensor x = FastPath.exact(numbers(0, rows, in));
          Tensor weight = FastPath.exact(numbers(1, out, in));
          Tensor gradient = FastPath.exact(numbers(2, rows, out));
          return List.of(
              torch.mm(x, weight.t()), torch.mm(gradient, weight), torch.mm(gradient.t(), x));
        });
  }

  private static Tensor numbers(long key, long... shape) {
    return FunctionalRandom.centred(FunctionalRandom.key(key, 0, 0, 0), shape);
  }
}
