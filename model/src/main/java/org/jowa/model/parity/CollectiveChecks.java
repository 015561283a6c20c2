package org.jowa.model.parity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.Pending;
import org.jowa.model.collective.Slices;
import org.jowa.model.torch.Tensors;

/**
 * What every implementation of {@link Collective} has to get right while all goes well. All ranks
 * run the same checks at the same time, each from its own thread or process, on whatever machine
 * and device they are: the tests do, and so does the check of a cluster with GPUs.
 */
public final class CollectiveChecks {
  private static final int[] LENGTHS = {0, 1, 2, 3, 5, 8, 63, 1000, 40_961, 300_001};

  /** For implementations with an order of their own: what fp32 sums of few terms may differ by. */
  private static final double TOLERANCE = 1e-5;

  private final Collective collective;
  private final UnaryOperator<Tensor> place;
  private final boolean ringOrder;

  private CollectiveChecks(Collective collective, UnaryOperator<Tensor> place, boolean ringOrder) {
    this.collective = collective;
    this.place = place;
    this.ringOrder = ringOrder;
  }

  /**
   * Checks on tensors in host memory, to the last bit.
   *
   * @param collective of the rank that calls
   */
  public static CollectiveChecks onHost(Collective collective) {
    return new CollectiveChecks(collective, tensor -> tensor, true);
  }

  /**
   * Checks on tensors of a device, whose order of summation may be another: results have to agree
   * to rounding with the expected ones, and to the last bit between ranks.
   *
   * @param place copies a host tensor to the device
   */
  public static CollectiveChecks onDevice(Collective collective, UnaryOperator<Tensor> place) {
    return new CollectiveChecks(collective, place, false);
  }

  /**
   * The checks by name; each returns or throws, and runs on all ranks in the same order.
   *
   * @return in the order to run them
   */
  public Map<String, Runnable> all() {
    Map<String, Runnable> checks = new LinkedHashMap<>();
    checks.put("sum of float32", () -> sums(collective::allReduceSum, 1));
    checks.put(
        "started sum of float32", () -> sums(t -> collective.startAllReduceSum(t).finish(), 1));
    checks.put("mean of float32", () -> sums(collective::allReduceMean, collective.worldSize()));
    if (ringOrder) {
      checks.put("sum of float64", this::sumsDoubles);
    }
    if (!ringOrder && collective.takesDeviceMemory()) {
      checks.put("sum of bfloat16", this::sumsBfloat16);
    }
    checks.put("NaN and infinities", this::specialValues);
    checks.put("sum of host values", this::hostValues);
    checks.put("broadcast", this::broadcasts);
    checks.put("started sums in order", this::startedInOrder);
    checks.put("many operations of many sizes", this::manyOperations);
    return checks;
  }

  /**
   * Runs all checks.
   *
   * @throws IllegalStateException naming the first check that failed, and how
   */
  public void run() {
    all()
        .forEach(
            (name, check) -> {
              try (PointerScope scope = new PointerScope()) {
                check.run();
              } catch (IllegalStateException e) {
                throw new IllegalStateException(
                    String.format(
                        Locale.ROOT,
                        "%s on rank %d of %d: %s",
                        name,
                        collective.rank(),
                        collective.worldSize(),
                        e.getMessage()),
                    e);
              }
            });
  }

  /**
   * The sum over all ranks in the order of a ring, as every exact implementation gives it: slice s
   * is added up from rank s on.
   *
   * @param parts of all ranks, in rank order, equally long
   */
  static float[] ringSum(List<float[]> parts) {
    int ranks = parts.size();
    float[] sum = new float[parts.get(0).length];
    Slices slices = new Slices(sum.length, ranks);
    for (int slice = 0; slice < ranks; slice++) {
      for (int hop = 0; hop < ranks; hop++) {
        float[] part = parts.get((slice + hop) % ranks);
        for (int i = (int) slices.start(slice); i < slices.start(slice + 1); i++) {
          sum[i] = hop == 0 ? part[i] : sum[i] + part[i];
        }
      }
    }
    return sum;
  }

  private void sums(Consumer<Tensor> operation, int divisor) {
    for (int length : LENGTHS) {
      Tensor tensor = placed(values(collective.rank(), length));
      operation.accept(tensor);
      float[] expected = expectedSum(length);
      for (int i = 0; i < length; i++) {
        expected[i] /= divisor;
      }
      require(expected, read(tensor));
    }
  }

  private float[] expectedSum(int length) {
    return ringSum(
        IntStream.range(0, collective.worldSize()).mapToObj(r -> values(r, length)).toList());
  }

  private void sumsDoubles() {
    for (int length : LENGTHS) {
      double[] own = new double[length];
      Arrays.fill(own, collective.rank() + 0.1);
      Tensor tensor = Tensors.of(own, length);
      collective.allReduceSum(tensor);
      double[] found = Tensors.doubles(tensor);
      Slices slices = new Slices(length, collective.worldSize());
      for (int slice = 0; slice < collective.worldSize(); slice++) {
        double expected = slice + 0.1;
        for (int hop = 1; hop < collective.worldSize(); hop++) {
          expected += (slice + hop) % collective.worldSize() + 0.1;
        }
        for (int i = (int) slices.start(slice); i < slices.start(slice + 1); i++) {
          require(i, expected, found[i]);
        }
      }
    }
  }

  /** Whole numbers that 8 bits hold, so that the sum is exact in every order. */
  private void sumsBfloat16() {
    int ranks = collective.worldSize();
    for (int length : LENGTHS) {
      float[] own = new float[length];
      Arrays.fill(own, collective.rank() + 1);
      Tensor tensor = placed(own).to(ScalarType.BFloat16);
      collective.allReduceSum(tensor);
      float[] expected = new float[length];
      Arrays.fill(expected, ranks * (ranks + 1) / 2f);
      requireEqual(expected, read(tensor.to(ScalarType.Float)));
    }
  }

  private void specialValues() {
    boolean last = collective.rank() == collective.worldSize() - 1;
    float[] own = {
      last ? Float.NaN : 1, last ? Float.POSITIVE_INFINITY : 1, last ? Float.NEGATIVE_INFINITY : 1
    };
    Tensor tensor = placed(own);
    collective.allReduceSum(tensor);
    require(
        new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}, read(tensor));
  }

  private void hostValues() {
    int ranks = collective.worldSize();
    double[] own = {collective.rank(), 1, -collective.rank(), 1e12 * collective.rank()};
    collective.allReduceSum(own);
    double sum = ranks * (ranks - 1) / 2.0;
    double[] expected = {sum, ranks, 0 - sum, 1e12 * sum};
    for (int i = 0; i < own.length; i++) {
      require(i, expected[i], own[i]);
    }
    collective.allReduceSum(new double[0]);
  }

  private void broadcasts() {
    for (int root = 0; root < collective.worldSize(); root++) {
      for (int length : LENGTHS) {
        Tensor tensor = placed(values(collective.rank(), length));
        collective.broadcast(tensor, root);
        requireEqual(values(root, length), read(tensor));
      }
    }
  }

  private void startedInOrder() {
    List<Tensor> buckets = new ArrayList<>();
    List<Pending> pending = new ArrayList<>();
    for (int length : LENGTHS) {
      Tensor bucket = placed(values(collective.rank(), length));
      buckets.add(bucket);
      pending.add(collective.startAllReduceSum(bucket));
    }
    double[] count = {1};
    collective.allReduceSum(count);
    require(0, collective.worldSize(), count[0]);
    pending.forEach(Pending::finish);
    for (int i = 0; i < LENGTHS.length; i++) {
      require(expectedSum(LENGTHS[i]), read(buckets.get(i)));
    }
  }

  private void manyOperations() {
    for (int i = 0; i < 100; i++) {
      try (PointerScope scope = new PointerScope()) {
        float[] own = new float[i % 17];
        Arrays.fill(own, i);
        Tensor tensor = placed(own);
        collective.allReduceSum(tensor);
        float[] expected = new float[own.length];
        Arrays.fill(expected, (float) i * collective.worldSize());
        requireEqual(expected, read(tensor));
        if (i % 7 == 0) {
          collective.barrier();
        }
      }
    }
  }

  private static float[] values(int rank, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) Math.sin(rank * 1000.0 + i) * (rank + 1) * 1e3f;
    }
    return values;
  }

  private Tensor placed(float[] values) {
    return place.apply(Tensors.of(values, values.length));
  }

  private static float[] read(Tensor tensor) {
    return Tensors.floats(tensor.cpu());
  }

  private void require(float[] expected, float[] found) {
    if (ringOrder) {
      requireEqual(expected, found);
      return;
    }
    for (int i = 0; i < expected.length; i++) {
      boolean equal = Float.compare(expected[i], found[i]) == 0;
      double allowed = TOLERANCE * 1e3 * collective.worldSize() * collective.worldSize();
      if (!equal && !(Math.abs(expected[i] - found[i]) <= allowed)) {
        throw new IllegalStateException(wrong(i, expected[i], found[i]));
      }
    }
  }

  private static void requireEqual(float[] expected, float[] found) {
    if (expected.length != found.length) {
      throw new IllegalStateException(
          "expected " + expected.length + " elements, found " + found.length);
    }
    int at = Arrays.mismatch(expected, found);
    if (at >= 0) {
      throw new IllegalStateException(wrong(at, expected[at], found[at]));
    }
  }

  private static void require(int i, double expected, double found) {
    if (Double.compare(expected, found) != 0) {
      throw new IllegalStateException(wrong(i, expected, found));
    }
  }

  private static String wrong(int i, double expected, double found) {
    return String.format(Locale.ROOT, "element %d: expected %s, found %s", i, expected, found);
  }
}
