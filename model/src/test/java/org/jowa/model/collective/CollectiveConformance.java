package org.jowa.model.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.collective.Ranks.Outcome;
import org.jowa.model.parity.CollectiveChecks;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
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
  @ValueSource(ints = {1, 2, 3, 4})
  void passesTheChecksOfAllImplementations(int worldSize) {
    Ranks.values(
        create(worldSize, LONG),
        collective -> {
          CollectiveChecks.onHost(collective).run();
          return null;
        });
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
            CollectiveException.class, e -> assertThat(e.rankAtFault()).isEqualTo(1))
        .hasMessageNotContaining("stayed away");
  }

  @Test
  void aDyingRankIsNamedToAllOthersWithItsCause() {
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
    CountDownLatch failed = new CountDownLatch(1);
    List<Outcome<Object>> outcomes =
        Ranks.runBare(
            create(2, SHORT),
            c -> {
              if (c.rank() == 1) {
                failed.await();
                // The other has come to this one, so that it may be over before the news is here.
                c.barrier();
              }
              try {
                c.barrier();
              } finally {
                failed.countDown();
              }
              return null;
            });
    assertThat(outcomes)
        .allSatisfy(
            o ->
                assertThat(o.error())
                    .isInstanceOfSatisfying(
                        CollectiveException.class, e -> assertThat(e.rankAtFault()).isEqualTo(1)));
  }

  @Test
  void aLongBarrierOutlastsTheTimeoutOfTheGroup() {
    AtomicBoolean waits = new AtomicBoolean();
    Ranks.values(
        create(2, SHORT),
        c -> {
          if (c.rank() == 0) {
            await().atMost(LONG).during(SHORT.multipliedBy(2)).until(waits::get);
          } else {
            waits.set(true);
          }
          c.barrier(LONG);
          waits.set(false);
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

  private static Tensor tensor(float[] values) {
    return Tensors.of(values, values.length);
  }
}
