package org.jowa.model.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.collective.Ranks.Outcome;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every implementation of {@link Collective} has to do; each has a subclass of this suite. */
@Timeout(120)
public abstract class CollectiveConformance {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(500);

  /** A group of ranks, in rank order, each to be used from a thread of its own. */
  protected abstract List<Collective> create(int worldSize, Duration timeout);

  @BeforeAll
  static void startTorch() {
    TorchRuntime.init();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void ranksKnowTheirPlace(int worldSize) {
    assertThat(Ranks.values(create(worldSize, LONG), c -> c.rank() + "/" + c.worldSize()))
        .hasSize(worldSize)
        .allSatisfy(place -> assertThat(place).endsWith("/" + worldSize))
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @CsvSource({"1,5", "2,0", "2,1", "2,7", "3,2", "3,10000", "4,3", "4,40961"})
  void sumsFloatsInRingOrder(int worldSize, int length) {
    float[] expected = ringSum(worldSize, length);
    List<float[]> sums =
        Ranks.values(
            create(worldSize, LONG),
            c -> {
              try (PointerScope scope = new PointerScope()) {
                Tensor tensor = tensor(floats(c.rank(), length));
                c.allReduceSum(tensor);
                return read(tensor);
              }
            });
    // Equal bits, not only near values: resumed runs rely on it.
    assertThat(sums).allSatisfy(sum -> assertThat(sum).isEqualTo(expected));
  }

  @ParameterizedTest
  @CsvSource({"1,3", "2,7", "3,10000", "4,0"})
  void averagesFloats(int worldSize, int length) {
    float[] expected = ringSum(worldSize, length);
    for (int i = 0; i < length; i++) {
      expected[i] /= worldSize;
    }
    List<float[]> means =
        Ranks.values(
            create(worldSize, LONG),
            c -> {
              try (PointerScope scope = new PointerScope()) {
                Tensor tensor = tensor(floats(c.rank(), length));
                c.allReduceMean(tensor);
                return read(tensor);
              }
            });
    assertThat(means).allSatisfy(mean -> assertThat(mean).isEqualTo(expected));
  }

  @Test
  void startedOperationsRunInTheOrderOfTheCalls() {
    int buckets = 20;
    List<List<float[]>> sums =
        Ranks.values(
            create(3, LONG),
            c -> {
              try (PointerScope scope = new PointerScope()) {
                List<Tensor> tensors = new ArrayList<>();
                List<Pending> pending = new ArrayList<>();
                for (int i = 0; i < buckets; i++) {
                  tensors.add(tensor(floats(c.rank(), 1 + 977 * i)));
                  pending.add(c.startAllReduceSum(tensors.get(i)));
                  if (i % 7 == 0) {
                    c.barrier();
                  }
                }
                double[] count = {1};
                c.allReduceSum(count);
                assertThat(count).containsExactly(3);
                pending.forEach(Pending::finish);
                pending.forEach(Pending::finish);
                return tensors.stream().map(CollectiveConformance::read).toList();
              }
            });
    for (int i = 0; i < buckets; i++) {
      int bucket = i;
      float[] expected = ringSum(3, 1 + 977 * i);
      assertThat(sums).allSatisfy(sum -> assertThat(sum.get(bucket)).isEqualTo(expected));
    }
  }

  @Test
  void aStartedOperationReportsItsFailureWhenItIsFinished() {
    List<Outcome<Object>> outcomes =
        Ranks.runBare(
            create(2, LONG),
            c -> {
              if (c.rank() == 1) {
                c.abort(new IllegalStateException("shard 7 is altered"));
                return null;
              }
              try (PointerScope scope = new PointerScope()) {
                Tensor tensor = tensor(new float[5]);
                c.startAllReduceSum(tensor).finish();
                return null;
              }
            });
    assertThat(outcomes.get(0).error())
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("Rank 1")
        .hasMessageContaining("shard 7 is altered");
  }

  @Test
  void leavingInTheMiddleOfAStartedOperationEndsIt() {
    List<Outcome<Object>> outcomes =
        Ranks.runBare(
            create(2, LONG),
            c -> {
              if (c.rank() == 0) {
                try (PointerScope scope = new PointerScope()) {
                  Tensor tensor = tensor(new float[5]);
                  Pending pending = c.startAllReduceSum(tensor);
                  c.close();
                  pending.finish();
                }
              }
              return null;
            });
    assertThat(outcomes.get(0).error()).isInstanceOf(RuntimeException.class);
  }

  @ParameterizedTest
  @CsvSource({"2,0", "3,10001"})
  void sumsDoubles(int worldSize, int length) {
    List<double[]> sums =
        Ranks.values(
            create(worldSize, LONG),
            c -> {
              try (PointerScope scope = new PointerScope()) {
                Tensor tensor = torch.full(new long[] {length}, scalar(c.rank() + 0.1));
                tensor = tensor.to(ScalarType.Double);
                torch.fill_(tensor, scalar(c.rank() + 0.1));
                c.allReduceSum(tensor);
                double[] values = new double[length];
                if (length > 0) {
                  new DoublePointer(tensor.data_ptr_double()).get(values);
                }
                return values;
              }
            });
    double[] expectedSums = new double[length];
    for (int slice = 0; slice < worldSize; slice++) {
      double sum = slice + 0.1;
      for (int hop = 1; hop < worldSize; hop++) {
        sum += (slice + hop) % worldSize + 0.1;
      }
      Arrays.fill(
          expectedSums,
          sliceStart(slice, worldSize, length),
          sliceStart(slice + 1, worldSize, length),
          sum);
    }
    assertThat(sums).allSatisfy(values -> assertThat(values).isEqualTo(expectedSums));
  }

  @Test
  void sumsHostValues() {
    List<double[]> sums =
        Ranks.values(
            create(3, LONG),
            c -> {
              double[] values = {c.rank(), 1, -c.rank(), 1e16 * c.rank()};
              c.allReduceSum(values);
              return values;
            });
    assertThat(sums).allSatisfy(v -> assertThat(v).containsExactly(3, 3, -3, 3e16));
  }

  @Test
  void carriesNanAndInfinitiesThrough() {
    List<float[]> sums =
        Ranks.values(
            create(2, LONG),
            c -> {
              try (PointerScope scope = new PointerScope()) {
                float special = c.rank() == 1 ? Float.NaN : 1f;
                float infinite = c.rank() == 0 ? Float.POSITIVE_INFINITY : 1f;
                Tensor tensor = tensor(new float[] {special, infinite, c.rank()});
                c.allReduceSum(tensor);
                return read(tensor);
              }
            });
    assertThat(sums)
        .allSatisfy(sum -> assertThat(sum).containsExactly(Float.NaN, Float.POSITIVE_INFINITY, 1f));
  }

  @Test
  void broadcastsFromAnyRoot() {
    List<float[]> received =
        Ranks.values(
            create(3, LONG),
            c -> {
              try (PointerScope scope = new PointerScope()) {
                Tensor tensor = tensor(floats(c.rank(), 5000));
                c.broadcast(tensor, 2);
                return read(tensor);
              }
            });
    assertThat(received).allSatisfy(values -> assertThat(values).isEqualTo(floats(2, 5000)));
  }

  @Test
  void manyOperationsOfManySizesInARowStayInStep() {
    List<Double> totals =
        Ranks.values(
            create(4, LONG),
            c -> {
              double total = 0;
              for (int i = 0; i < 300; i++) {
                try (PointerScope scope = new PointerScope()) {
                  float[] ones = new float[i % 17];
                  Arrays.fill(ones, i);
                  Tensor tensor = tensor(ones);
                  c.allReduceSum(tensor);
                  for (float value : read(tensor)) {
                    total += value;
                  }
                  if (i % 5 == c.rank()) {
                    Thread.sleep(1);
                  }
                  if (i % 7 == 0) {
                    c.barrier();
                  }
                }
              }
              return total;
            });
    double expected = 0;
    for (int i = 0; i < 300; i++) {
      expected += 4.0 * i * (i % 17);
    }
    assertThat(totals).containsOnly(expected);
  }

  @Test
  void noRankPassesTheBarrierBeforeAllHaveCome() {
    List<Integer> seen = new ArrayList<>();
    Ranks.values(
        create(3, LONG),
        c -> {
          for (int round = 0; round < 20; round++) {
            synchronized (seen) {
              seen.add(round);
            }
            c.barrier();
            synchronized (seen) {
              assertThat(seen).hasSizeGreaterThanOrEqualTo(3 * (round + 1));
            }
            c.barrier();
          }
          return null;
        });
    assertThat(seen).isSorted();
  }

  @Test
  void differentSizesAreReportedToAll() {
    List<Outcome<Object>> outcomes =
        Ranks.run(
            create(2, LONG),
            c -> {
              try (PointerScope scope = new PointerScope()) {
                c.allReduceSum(tensor(new float[10 + c.rank()]));
                return null;
              }
            });
    assertThat(outcomes)
        .allSatisfy(
            o ->
                assertThat(o.error())
                    .isInstanceOf(CollectiveException.class)
                    .hasMessageContaining("float32[10]")
                    .hasMessageContaining("float32[11]"));
  }

  @Test
  void differentOperationsAreReportedToAll() {
    List<Outcome<Object>> outcomes =
        Ranks.run(
            create(2, LONG),
            c -> {
              if (c.rank() == 0) {
                c.barrier();
              } else {
                c.allReduceSum(new double[1]);
              }
              return null;
            });
    assertThat(outcomes)
        .allSatisfy(
            o ->
                assertThat(o.error())
                    .isInstanceOf(CollectiveException.class)
                    .hasMessageContaining("barrier")
                    .hasMessageContaining("allReduceSum"));
  }

  @Test
  void anUnsupportedTensorBreaksTheGroupAtOnce() {
    long start = System.nanoTime();
    List<Outcome<Object>> outcomes =
        Ranks.runBare(
            create(2, LONG),
            c -> {
              try (PointerScope scope = new PointerScope()) {
                Tensor tensor = tensor(new float[6]);
                c.allReduceSum(c.rank() == 1 ? tensor.reshape(2, 3).t() : tensor);
                return null;
              }
            });
    assertThat(outcomes.get(1).error())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("contiguous");
    assertThat(outcomes.get(0).error())
        .isInstanceOfSatisfying(
            CollectiveException.class, e -> assertThat(e.rankAtFault()).isEqualTo(1));
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LONG);
  }

  @Test
  void aDyingRankIsNamedToAllOthersWithItsCause() {
    long start = System.nanoTime();
    List<Outcome<Object>> outcomes =
        Ranks.run(
            create(4, LONG),
            c -> {
              c.barrier();
              if (c.rank() == 2) {
                throw new IllegalStateException("shard 7 is altered");
              }
              c.allReduceSum(new double[3]);
              return null;
            });
    assertThat(outcomes.get(2).error()).isInstanceOf(IllegalStateException.class);
    for (int rank : new int[] {0, 1, 3}) {
      assertThat(outcomes.get(rank).error())
          .isInstanceOfSatisfying(
              CollectiveException.class, e -> assertThat(e.rankAtFault()).isEqualTo(2))
          .hasMessageContaining("Rank 2")
          .hasMessageContaining("shard 7 is altered");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LONG);
  }

  @Test
  void theFirstFailureIsTheOneThatIsTold() {
    List<Collective> group = create(2, LONG);
    group.get(1).abort(new IllegalStateException("first"));
    group.get(0).abort(new IllegalStateException("second"));
    assertThatThrownBy(() -> group.get(0).barrier())
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("Rank 1")
        .hasMessageContaining("first");
  }

  @Test
  void aRankThatLeavesIsNamedToThoseThatWaitForIt() {
    List<Outcome<Object>> outcomes =
        Ranks.runBare(
            create(2, LONG),
            c -> {
              if (c.rank() == 0) {
                c.close();
              } else {
                c.barrier();
              }
              return null;
            });
    assertThat(outcomes.get(1).error())
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("Rank 0 left");
  }

  @Test
  void aSilentRankIsNamedWhenTheTimeoutIsOver() {
    List<Outcome<Object>> outcomes =
        Ranks.runBare(
            create(3, SHORT),
            c -> {
              c.at("step " + (c.rank() + 5));
              c.barrier();
              if (c.rank() != 1) {
                c.allReduceSum(new double[1]);
              }
              return null;
            });
    assertThat(outcomes.get(1).error()).isNull();
    for (int rank : new int[] {0, 2}) {
      assertThat(outcomes.get(rank).error())
          .isInstanceOf(CollectiveException.class)
          .hasMessageContaining("Rank 1 stayed away")
          .hasMessageContaining("last seen in barrier")
          .hasMessageContaining("at step 6");
    }
  }

  @Test
  void aLateRankFindsTheGroupBroken() {
    List<Outcome<Object>> outcomes =
        Ranks.runBare(
            create(2, SHORT),
            c -> {
              if (c.rank() == 1) {
                Thread.sleep(3 * SHORT.toMillis());
              }
              c.barrier();
              return null;
            });
    assertThat(outcomes)
        .allSatisfy(o -> assertThat(o.error()).isInstanceOf(CollectiveException.class));
  }

  @Test
  void aLongBarrierOutlastsTheTimeoutOfTheGroup() {
    Ranks.values(
        create(2, SHORT),
        c -> {
          if (c.rank() == 0) {
            Thread.sleep(2 * SHORT.toMillis());
          }
          c.barrier(LONG);
          return null;
        });
  }

  @Test
  void anInterruptedRankBreaksTheGroup() {
    List<Outcome<Object>> outcomes =
        Ranks.runBare(
            create(2, LONG),
            c -> {
              if (c.rank() == 1) {
                Thread.currentThread().interrupt();
                c.barrier();
              }
              c.allReduceSum(new double[1]);
              return null;
            });
    assertThat(outcomes)
        .allSatisfy(
            o ->
                assertThat(o.error())
                    .isInstanceOf(CollectiveException.class)
                    .hasMessageContaining("Rank 1"));
  }

  @Test
  void leavingAfterTheLastOperationDisturbsNobody() {
    for (int i = 0; i < 50; i++) {
      Ranks.values(
          create(3, LONG),
          c -> {
            c.allReduceSum(new double[2]);
            c.close();
            return null;
          });
    }
  }

  /** Slice s is added up from rank s on, round the ring. */
  private static float[] ringSum(int worldSize, int length) {
    float[] sum = new float[length];
    for (int slice = 0; slice < worldSize; slice++) {
      int from = sliceStart(slice, worldSize, length);
      int to = sliceStart(slice + 1, worldSize, length);
      for (int hop = 0; hop < worldSize; hop++) {
        float[] part = floats((slice + hop) % worldSize, length);
        for (int i = from; i < to; i++) {
          sum[i] = hop == 0 ? part[i] : sum[i] + part[i];
        }
      }
    }
    return sum;
  }

  private static int sliceStart(int slice, int worldSize, int length) {
    return slice * (length / worldSize) + Math.min(slice, length % worldSize);
  }

  private static float[] floats(int rank, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) Math.sin(rank * 1000.0 + i) * (rank + 1) * 1e3f;
    }
    return values;
  }

  private static Tensor tensor(float[] values) {
    Tensor tensor = torch.zeros(new long[] {values.length});
    if (values.length > 0) {
      new FloatPointer(tensor.data_ptr_float()).put(values);
    }
    return tensor;
  }

  private static float[] read(Tensor tensor) {
    float[] values = new float[(int) tensor.numel()];
    if (values.length > 0) {
      new FloatPointer(tensor.data_ptr_float()).get(values);
    }
    return values;
  }

  private static Scalar scalar(double value) {
    return new Scalar(value);
  }
}
