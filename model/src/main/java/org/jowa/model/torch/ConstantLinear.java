package org.jowa.model.torch;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A linear layer {@code x W + b} whose weights never change, as many products are made with them.
 * On a CPU oneDNN makes all but the smallest, with weights that it has laid out once. Torch's BLAS,
 * which makes the others, lays them out anew for every product, and uses half the width of AMD's
 * processors. Both are fp32; results differ by the order of sums.
 *
 * <p>Which of them makes a product follows from its sizes. Several threads may use a layer.
 */
public final class ConstantLinear implements AutoCloseable {
  /** Multiplications of a product that BLAS makes before oneDNN has looked up how. */
  private static final long SMALL = 1 << 20;

  private final long size;
  private final Tensor bias;
  private final @Nullable PackedLinear packed;

  /** [in, out]; null until a small product needs it beside the packed ones. */
  private volatile @Nullable Tensor weight;

  private ConstantLinear(Tensor weight, Tensor bias, boolean isPacked) {
    size = weight.numel();
    this.bias = Tensors.keep(bias);
    packed = isPacked ? PackedLinear.of(weight, bias) : null;
    this.weight = isPacked ? null : Tensors.keep(weight);
  }

  /**
   * A layer of these weights.
   *
   * @param weight fp32 [in, out], contiguous, not changed by anybody from now on
   * @param bias fp32 [out], as well
   * @param device of both
   */
  public static ConstantLinear of(Tensor weight, Tensor bias, Device device) {
    return new ConstantLinear(weight, bias, device.isCpu() && arePackedProductsRight());
  }

  private static boolean arePackedProductsRight() {
    boolean areClose =
        FastPath.isTrusted(
            Compute.FP32_ON_CPU,
            "products with packed weights",
            () -> List.of(trial(37, 256, 1024), trial(2, 512, 2048), trial(515, 132, 50)));
    return areClose && Rows.ARE_INDEPENDENT;
  }

  /** Whether a row's results are the same bits wherever it stands: planning relies on it. */
  private static final class Rows {
    private static final boolean ARE_INDEPENDENT =
        areIndependent(16, 512, 768) && areIndependent(296, 256, 512);

    private static boolean areIndependent(long rows, long in, long out) {
      try (StepScope scope = StepScope.inference();
          PackedLinear layer =
              PackedLinear.of(FastPath.numbers(0, in, out), FastPath.numbers(1, out))) {
        Tensor x = FastPath.numbers(2, rows, in);
        return layer.apply(x.flip(0)).flip(0).equal(layer.apply(x));
      }
    }
  }

  private static FastPath.Trial trial(long rows, long in, long out) {
    return new FastPath.Trial(
        rows + " rows, " + in + " to " + out + " columns",
        () -> {
          try (PackedLinear layer =
              PackedLinear.of(FastPath.numbers(0, in, out), FastPath.numbers(1, out))) {
            return List.of(layer.apply(FastPath.numbers(2, rows, in)), layer.unpacked());
          }
        },
        () -> {
          Tensor weight = FastPath.exact(FastPath.numbers(0, in, out));
          Tensor bias = FastPath.exact(FastPath.numbers(1, out));
          return List.of(
              torch.addmm(bias, FastPath.exact(FastPath.numbers(2, rows, in)), weight), weight);
        });
  }

  /**
   * The layer's results.
   *
   * @param x [rows, in]
   * @return [rows, out], contiguous, in the caller's scope
   */
  public Tensor apply(Tensor x) {
    PackedLinear layer = packedFor(x);
    return layer == null ? torch.addmm(bias, x, weight()) : layer.apply(x);
  }

  /**
   * The same where a product may be written to memory at hand.
   *
   * @param place [rows, out], contiguous
   * @return the results, which lie in that place or elsewhere
   */
  public Tensor apply(Tensor x, Tensor place) {
    PackedLinear layer = packedFor(x);
    return layer == null ? torch.addmm_out(place, bias, x, weight()) : layer.apply(x);
  }

  /** The same in that place. */
  public void store(Tensor x, Tensor place) {
    Tensor results = apply(x, place);
    if (results != place) {
      place.copy_(results);
    }
  }

  private @Nullable PackedLinear packedFor(Tensor x) {
    return x.size(0) * size > SMALL ? packed : null;
  }

  private Tensor weight() {
    Tensor known = weight;
    return known != null ? known : unpacked();
  }

  private synchronized Tensor unpacked() {
    Tensor known = weight;
    if (known == null) {
      try (StepScope scope = StepScope.inference()) {
        known = Tensors.keep(requireNonNull(packed).unpacked());
      }
      weight = known;
    }
    return known;
  }

  @Override
  public void close() {
    Tensors.release(bias);
    if (packed != null) {
      packed.close();
    }
    Tensor known = weight;
    if (known != null) {
      Tensors.release(known);
    }
  }
}
