package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.torch.FastPath;
import org.jowa.model.torch.StepScope;

/**
 * What {@link Lpips} should give: the same in double precision, and how far from it a right
 * computation in fp32 may be.
 *
 * <p>The gradient jumps where a unit is at its kink: a rectified one at zero, or the two largest of
 * a maximum being equal. Among the million units of a frame a few always are so near to it that
 * rounding decides on which side they end, and each moves the gradient by up to a percent of its
 * largest element. CPUs round in different ways, and all of them are right; what no such unit
 * explains is not.
 */
public final class LpipsReference {
  private final Tensor leaf;
  private final Tensor distances;
  private final LpipsKinks kinks;

  private LpipsReference(Tensor leaf, Tensor distances, LpipsKinks kinks) {
    this.leaf = leaf;
    this.distances = distances;
    this.kinks = kinks;
  }

  /**
   * Computes it, in the caller's pointer scope.
   *
   * @param x fp32 [n, 1, h, w]
   * @param y fp32 [n, 1, h, w]
   */
  public static LpipsReference of(Lpips lpips, Tensor x, Tensor y) {
    try (AutoGradMode mode = new AutoGradMode(true);
        Lpips exact = lpips.inDoublePrecision()) {
      Tensor leaf = FastPath.exact(y).detach().clone().set_requires_grad(true);
      LpipsKinks kinks = new LpipsKinks();
      Tensor distances = exact.distance(FastPath.exact(x).detach(), leaf, kinks);
      BoolOptional keepGraph = new BoolOptional(true);
      torch.sum(distances).backward(new Tensor(), keepGraph, false, new TensorArrayRefOptional());
      return new LpipsReference(leaf, distances.detach(), kinks);
    }
  }

  /** fp64 [n]. */
  Tensor distances() {
    return distances;
  }

  /** The gradient of the sum of the distances with respect to y, fp64 [n, 1, h, w]. */
  Tensor gradient() {
    return leaf.grad();
  }

  /**
   * The largest difference of two fp32 gradients relative to the second's largest element (itself,
   * where that is zero). Where it is more than tolerable it is less what units at their kinks may
   * make of it.
   *
   * @param scale of both, relative to the gradient of the sum of the distances
   */
  public double worstError(Tensor actual, Tensor expected, double scale, double tolerance) {
    try (StepScope scope = StepScope.inference()) {
      Tensor wide = FastPath.exact(expected.detach());
      Tensor difference = FastPath.exact(actual.detach()).sub(wide).abs();
      double largest = wide.abs().max().item_double();
      double unit = largest == 0 ? 1 : largest;
      kinks.explain(leaf, difference, scale, tolerance * unit);
      return Math.max(0, difference.max().item_double() / unit);
    }
  }
}
