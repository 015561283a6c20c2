package org.jowa.model.world;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Slab;

/** Matrix products whose results join fp32 gradients, whatever the type of their factors. */
final class Products implements AutoCloseable {
  private static final double ONCE = 1;

  private final Compute compute;
  private final Slab productSlab;

  Products(Compute compute) {
    this.compute = compute;
    productSlab = compute.productSlab();
  }

  /** {@code sum += left * right}. */
  void add(Tensor sum, Tensor left, Tensor right) {
    add(sum, left, right, ONCE);
  }

  /** {@code sum += factor * left * right}. */
  void add(Tensor sum, Tensor left, Tensor right, double factor) {
    if (compute.isMixed()) {
      sum.add_(torch.mm_out(productSlab.view(sum.shape()), left, right), new Scalar(factor));
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

  @Override
  public void close() {
    productSlab.close();
  }
}
