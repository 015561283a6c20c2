package org.jowa.model.world;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Slab;
import org.jowa.model.torch.WideProducts;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products that aren't recorded, of two matrices or of two batches of them, in the type of
 * products. Where torch's own in that type aren't to be trusted they are made in a wider one and
 * rounded.
 */
final class Products {
  private static final double ONCE = 1;

  private final Compute compute;
  private final ScalarType arithmetic;
  private final Slab productSlab;

  /** Whether fp32 ones of matrices are made by oneDNN. */
  private final boolean areWide;

  /**
   * @param productSlab where products lie that are added to sums of another type
   */
  Products(Compute compute, Slab productSlab) {
    this.compute = compute;
    arithmetic = compute.arithmetic();
    this.productSlab = productSlab;
    areWide = WideProducts.areFaster(compute);
  }

  /** {@code result = left * right}. */
  Tensor multiply(Tensor result, Tensor left, Tensor right) {
    if (isWidened()) {
      return widened(result, left, right, null, ONCE);
    }
    if (isWide(left, right)) {
      return wide(result, left, right, ONCE);
    }
    return result.dim() == 2
        ? torch.mm_out(result, left, right)
        : torch.bmm_out(result, left, right);
  }

  /** {@code result = factor * left * right}. */
  Tensor multiply(Tensor result, Tensor left, Tensor right, double factor) {
    if (isWidened()) {
      return widened(result, left, right, null, factor);
    }
    if (isWide(left, right)) {
      return wide(result, left, right, factor);
    }
    Scalar zero = new Scalar(0.0);
    return result.dim() == 2
        ? result.addmm_(left, right, zero, new Scalar(factor))
        : result.baddbmm_(left, right, zero, new Scalar(factor));
  }

  /** {@code result = input * weight^T + bias}. */
  Tensor linear(Tensor result, Tensor input, WorldTensors.Linear layer) {
    Tensor weight = layer.weight().t();
    if (isWidened()) {
      return widened(result, input, weight, layer.bias(), ONCE);
    }
    return isWide(input, weight)
        ? wide(result, input, weight, ONCE).add_(layer.bias())
        : torch.addmm_out(result, layer.bias(), input, weight);
  }

  /** {@code sum += left * right}, for fp32 gradients whatever the type of the factors. */
  void add(Tensor sum, Tensor left, Tensor right) {
    add(sum, left, right, ONCE);
  }

  /** {@code sum += factor * left * right}. */
  void add(Tensor sum, Tensor left, Tensor right, double factor) {
    if (compute.isMixed()) {
      sum.add_(multiply(productSlab.view(sum.shape()), left, right), new Scalar(factor));
    } else if (isWide(left, right)) {
      try (Tensor product = WideProducts.multiply(left, right)) {
        sum.add_(product, new Scalar(factor));
      }
    } else {
      sum.addmm_(left, right, new Scalar(ONCE), new Scalar(factor));
    }
  }

  /** Adds the sum of all rows. */
  void addRows(Tensor sum, Tensor rows) {
    addRows(sum, rows, ONCE);
  }

  /** Adds the sum of all rows times a factor. */
  void addRows(Tensor sum, Tensor rows, double factor) {
    Tensor total =
        compute.isMixed()
            ? torch.sum(rows, new long[] {0}, false, new ScalarTypeOptional(ScalarType.Float))
            : rows.sum(0);
    sum.add_(total, new Scalar(factor));
  }

  private boolean isWide(Tensor left, Tensor right) {
    return areWide
        && left.dim() == 2
        && WideProducts.areFaster(left.size(0), left.size(1), right.size(1));
  }

  private static Tensor wide(Tensor result, Tensor left, Tensor right, double factor) {
    try (Tensor product = WideProducts.multiply(left, right)) {
      result.copy_(product);
    }
    return factor == ONCE ? result : result.mul_(new Scalar(factor));
  }

  private boolean isWidened() {
    return arithmetic != compute.productType();
  }

  private Tensor widened(
      Tensor result, Tensor left, Tensor right, @Nullable Tensor added, double factor) {
    Tensor wideLeft = left.toType(arithmetic);
    Tensor wideRight = right.toType(arithmetic);
    Tensor product = torch.matmul(wideLeft, wideRight);
    wideLeft.close();
    wideRight.close();
    if (factor != ONCE) {
      product.mul_(new Scalar(factor));
    }
    if (added != null) {
      product.add_(added);
    }
    result.copy_(product);
    product.close();
    return result;
  }
}
