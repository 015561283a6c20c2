package org.jowa.model.torch;

import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Where and in which number type a model computes: the one place that decides the type of matrix
 * products. Code is written once for both: {@link #operand} and {@link #widened} hand a tensor back
 * as it is where all types are fp32.
 *
 * @param device of every tensor
 * @param precision of products
 */
public record Compute(Device device, Precision precision) {
  /** Where evaluation, planning and parity run, and training unless told otherwise. */
  public static final Compute FP32_ON_CPU = new Compute(Device.CPU, Precision.FP32);

  /**
   * Sets torch's process-wide switches for this device and precision.
   *
   * @throws org.jowa.error.InvalidInputException if torch can't use the device
   */
  public void prepare() {
    device.require();
    if (!device.isCuda()) {
      return;
    }
    Context context = torch.globalContext();
    boolean tf32 = precision == Precision.TF32;
    context.setAllowTF32CuBLAS(tf32);
    context.setAllowTF32CuDNN(tf32);
    // Sums of bf16 products in fp32, as the CPU makes them.
    context.setAllowBF16ReductionCuBLAS(false);
    // Resuming to the same bits needs sums in a fixed order. Where torch has no such kernel it
    // goes on with another and warns.
    context.setBenchmarkCuDNN(false);
    context.setDeterministicCuDNN(true);
    context.setDeterministicAlgorithms(true, /* warnOnly= */ true);
  }

  /** Whether products have another type than weights and sums. */
  public boolean isMixed() {
    return precision.isMixed();
  }

  /** The type of products. */
  public ScalarType productType() {
    return precision.type();
  }

  /**
   * The type in which products are computed: theirs, or fp32 on factors that were rounded to it,
   * where torch's own products in it aren't to be trusted.
   */
  public ScalarType arithmetic() {
    return isMixed() && !TrustedProducts.areTrusted(this) ? ScalarType.Float : productType();
  }

  /** Memory for fp32 values. */
  public Slab slab() {
    return new Slab(device, ScalarType.Float);
  }

  /** Memory for factors and results of products. */
  public Slab productSlab() {
    return new Slab(device, productType());
  }

  /**
   * Values as a factor of a product.
   *
   * @param values fp32
   * @param slab a {@link #productSlab} for them, if they have to be converted
   */
  public Tensor operand(Tensor values, Slab slab) {
    return isMixed() ? slab.view(values.shape()).copy_(values) : values;
  }

  /**
   * The result of a product as fp32.
   *
   * @param product of the product type
   * @param slab a {@link #slab} for it, if it has to be converted
   */
  public Tensor widened(Tensor product, Slab slab) {
    return isMixed() ? slab.view(product.shape()).copy_(product) : product;
  }

  /**
   * Where to compute a product whose place is an fp32 tensor: that tensor, or memory of the product
   * type for {@link #store}.
   */
  public Tensor productFor(Tensor place, Slab slab) {
    return isMixed() ? slab.view(place.shape()) : place;
  }

  /** Puts a product into its place, if it isn't there already. */
  public void store(Tensor product, Tensor place) {
    if (isMixed()) {
      place.copy_(product);
    }
  }
}
