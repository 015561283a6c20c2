package org.jowa.model.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Products of matrices by oneDNN, on processors of which torch's BLAS, Intel's MKL, uses half: on
 * those with AVX-512 that aren't Intel's it stays with vectors of half their width. Elsewhere it is
 * as fast and needs no copies.
 */
public final class WideProducts {
  private static final Path PROCESSOR = Path.of("/proc/cpuinfo");
  private static final boolean IS_HALF_USED = isHalfUsed();

  /** Multiplications: smaller products are made before oneDNN has looked up how. */
  private static final long SMALLEST = 1 << 22;

  /**
   * Layers get as many rows as divide by this: oneDNN writes code for every number of them that it
   * meets, which takes as long as a product, and networks that read what stands out of frames have
   * another number in every step.
   */
  private static final long ROWS = 128;

  private WideProducts() {}

  /** Whether to use them: that they pay here, and are right. */
  public static boolean areFaster(Compute compute) {
    return compute.equals(Compute.FP32_ON_CPU)
        && IS_HALF_USED
        && FastPath.isTrusted(
            compute,
            "products by oneDNN",
            () -> List.of(trial(296, 256, 128), trial(1023, 132, 50), trial(1, 512, 2048)));
  }

  /** Whether a product is large enough for them: of [m, k] with [k, n]. */
  public static boolean areFaster(long m, long k, long n) {
    return m * k * n >= SMALLEST;
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

  /**
   * {@code x weight^T + bias}, [rows, out], in the caller's scope; recorded for gradients if the
   * thread does so. What isn't is made by torch's BLAS: networks in planning are fed as many rows
   * as all environments together have, and which library computes must not follow from that, or
   * one's actions would depend on the others in a last bit.
   *
   * @param x [rows, in]
   * @param weight [out, in]
   * @param bias [out]
   */
  public static Tensor linear(Tensor x, Tensor weight, Tensor bias) {
    boolean isWide =
        GradMode.is_enabled()
            && weight.is_cpu()
            && weight.scalar_type().intern() == ScalarType.Float
            && areFaster(x.size(0), x.size(1), weight.size(0))
            && areFaster(Compute.FP32_ON_CPU);
    return isWide ? recordedLinear(x, weight, bias) : torch.addmm(bias, x, weight.t());
  }

  static Tensor recordedLinear(Tensor x, Tensor weight, Tensor bias) {
    long rows = x.size(0);
    long missing = Math.floorMod(-rows, ROWS);
    Tensor filled = missing == 0 ? x : torch.constant_pad_nd(x, new long[] {0, 0, 0, missing});
    Tensor results =
        torch.mkldnn_linear(filled.to_mkldnn(), weight, new TensorOptional(bias)).to_dense();
    return missing == 0 ? results : results.narrow(0, 0, rows);
  }

  /** As a layer and its gradients make them. */
  private static FastPath.Trial trial(long rows, long in, long out) {
    return new FastPath.Trial(
        rows + " rows, " + in + " to " + out + " columns",
        () -> {
          Tensor x = FastPath.numbers(0, rows, in);
          Tensor weight = FastPath.numbers(1, out, in);
          Tensor gradient = FastPath.numbers(2, rows, out);
          Tensor bias = FastPath.numbers(3, out);
          List<Tensor> results = new ArrayList<>();
          results.add(multiply(x, weight.t()));
          results.add(multiply(gradient, weight));
          results.add(multiply(gradient.t(), x));
          try (AutoGradMode recording = new AutoGradMode(true)) {
            x.requires_grad_(true);
            weight.requires_grad_(true);
            bias.requires_grad_(true);
            Tensor y = recordedLinear(x, weight, bias);
            y.mul(gradient).sum().backward();
            results.addAll(List.of(y.detach(), x.grad(), weight.grad(), bias.grad()));
          }
          return results;
        },
        () -> {
          Tensor x = FastPath.exact(FastPath.numbers(0, rows, in));
          Tensor weight = FastPath.exact(FastPath.numbers(1, out, in));
          Tensor gradient = FastPath.exact(FastPath.numbers(2, rows, out));
          Tensor product = torch.mm(x, weight.t());
          Tensor ofX = torch.mm(gradient, weight);
          Tensor ofWeight = torch.mm(gradient.t(), x);
          Tensor y = product.add(FastPath.exact(FastPath.numbers(3, out)));
          return List.of(product, ofX, ofWeight, y, ofX, ofWeight, gradient.sum(0));
        });
  }
}
