package org.jowa.model.torch;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Tries torch's matrix products in a type in the layouts of training. */
final class TrustedProducts {
  private static final long SEED = 20_250_609;

  private TrustedProducts() {}

  static boolean areTrusted(Compute compute) {
    return FastPath.isTrusted(compute, "matrix products", () -> trials(compute));
  }

  /** Sizes that fill a kernel's blocks, some that don't, and a single row. */
  static List<FastPath.Trial> trials(Compute compute) {
    return List.of(
        trial(compute, 296, 256, 128),
        trial(compute, 37, 96, 18),
        trial(compute, 1, 64, 5),
        trial(compute, 1023, 33, 50));
  }

  private static FastPath.Trial trial(Compute compute, long rows, long in, long out) {
    return new FastPath.Trial(
        rows + " rows, " + in + " to " + out + " columns",
        () -> run(compute, false, rows, in, out),
        () -> run(compute, true, rows, in, out));
  }

  /** A layer forward and backward, and products of batches as attention makes them. */
  private static List<Tensor> run(Compute compute, boolean exact, long rows, long in, long out) {
    Tensor x = numbers(compute, exact, 0, rows, in);
    Tensor weight = numbers(compute, exact, 1, out, in);
    Tensor bias = numbers(compute, exact, 2, out);
    Tensor gradient = numbers(compute, exact, 3, rows, out);
    Tensor left = numbers(compute, exact, 4, 3, rows, in);
    Tensor right = numbers(compute, exact, 5, 3, out, in);
    Tensor weights = numbers(compute, exact, 6, 3, rows, out);
    Scalar zero = new Scalar(0.0);
    Scalar scale = new Scalar(0.125);
    return List.of(
        torch.addmm_out(torch.empty_like(gradient), bias, x, weight.t()),
        torch.mm_out(torch.empty_like(weight), gradient.t(), x),
        torch.mm_out(torch.empty_like(x), gradient, weight),
        torch.zeros_like(gradient).addmm_(x, weight.t(), zero, scale),
        torch.zeros_like(weights).baddbmm_(left, right.transpose(1, 2), zero, scale),
        torch.bmm_out(torch.empty_like(left), weights, right),
        torch.bmm_out(torch.empty_like(right), weights.transpose(1, 2), left),
        torch.baddbmm(numbers(compute, exact, 7, 3, 1, out), left, right.transpose(1, 2)));
  }

  private static Tensor numbers(Compute compute, boolean exact, long key, long... shape) {
    Tensor numbers =
        FunctionalRandom.centred(FunctionalRandom.key(SEED, 0, 0, key), shape)
            .toType(compute.productType());
    return exact ? FastPath.exact(numbers) : compute.device().put(numbers);
  }
}
