package org.jowa.model.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jowa.model.collective.Ranks.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What ranks learn when a network fails, and when one of them takes its time. */
@Timeout(120)
class RingFailureTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final List<AutoCloseable> open = new ArrayList<>();
  private TcpProxy proxy;

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable closeable : open) {
      closeable.close();
    }
  }

  @Test
  void aCutConnectionEndsTheGroupOnAllRanks() throws IOException {
    List<Collective> group = throughProxy(3, Duration.ofSeconds(30));
    List<Outcome<Object>> outcomes = workUntilFailure(group, () -> proxy.cut());
    assertThat(outcomes)
        .allSatisfy(
            o ->
                assertThat(o.error())
                    .isInstanceOf(CollectiveException.class)
                    .hasMessageContaining("lost to rank"));
  }

  @Test
  void aConnectionThatSwallowsEverythingIsNoticed() throws IOException {
    List<Collective> group = throughProxy(3, Duration.ofSeconds(4));
    assertThat(workUntilFailure(group, () -> proxy.swallow()))
        .allSatisfy(o -> assertThat(o.error()).isInstanceOf(CollectiveException.class));
  }

  @Test
  void aRankThatWaitsSaysForWhomAndWhereAllAre() throws Exception {
    List<Collective> group = Rings.create(3, options(Duration.ofSeconds(30), 100));
    open.addAll(group);
    Ranks.values(
        group,
        c -> {
          c.at("step 11 of stage1");
          c.barrier();
          if (c.rank() == 1) {
            await().atMost(PATIENCE).until(() -> ofRankZero().size() >= 3);
          } else {
            c.at("step 12 of stage1");
          }
          c.allReduceSum(new double[4]);
          return null;
        });
    List<String> ofRankZero = ofRankZero();
    assertThat(ofRankZero.get(1))
        .contains("in allReduceSum of values[4] (operation 2) for rank 1:")
        .contains(
            "rank 0 in allReduceSum of values[4] (operation 2), at step 12 of stage1",
            "rank 1 last seen in barrier (operation 1), at step 11 of stage1",
            "rank 2 in allReduceSum of values[4] (operation 2), at step 12 of stage1");
    assertThat(warnings).anySatisfy(line -> assertThat(line).startsWith("Rank 2 has waited"));
    // After 0.1 s, then 0.2 s and 0.4 s later at the earliest; they are told in tenths.
    assertThat(seconds(ofRankZero.get(2)))
        .as("reports come at longer and longer intervals")
        .isGreaterThan(seconds(ofRankZero.get(1)) + 0.25);
  }

  private List<String> ofRankZero() {
    return warnings.stream().filter(line -> line.startsWith("Rank 0")).toList();
  }

  private static double seconds(String report) {
    return Double.parseDouble(report.replaceAll(".*has waited ([0-9.]+) s.*", "$1"));
  }

  @Test
  void aLongLegalWaitIsNoFailureAsLongAsTheProcessLives() {
    List<Collective> group = Rings.create(2, options(Duration.ofSeconds(2), 60_000));
    open.addAll(group);
    AtomicBoolean waits = new AtomicBoolean();
    Ranks.values(
        group,
        c -> {
          if (c.rank() == 0) {
            // Longer than the silence after which a process is taken for dead.
            await().atMost(PATIENCE).during(Duration.ofSeconds(3)).until(waits::get);
          } else {
            waits.set(true);
          }
          c.barrier(Duration.ofHours(1));
          waits.set(false);
          return null;
        });
  }

  private RingOptions options(Duration timeout, long stallMillis) {
    return new RingOptions(
        timeout, Duration.ofMillis(stallMillis), Duration.ofSeconds(20), 4096, warnings::add);
  }

  /** A ring in which rank 0 talks to rank 1 through the proxy. */
  private List<Collective> throughProxy(int worldSize, Duration timeout) throws IOException {
    List<RingListener> listeners = new ArrayList<>();
    List<String> addresses = new ArrayList<>();
    for (int rank = 0; rank < worldSize; rank++) {
      listeners.add(RingListener.listen("127.0.0.1"));
      addresses.add(listeners.get(rank).address());
    }
    proxy = new TcpProxy(addresses.get(1));
    List<CompletableFuture<Collective>> joining = new ArrayList<>();
    for (int rank = 0; rank < worldSize; rank++) {
      List<String> seen = new ArrayList<>(addresses);
      if (rank == 0) {
        seen.set(1, proxy.address());
      }
      joining.add(
          Rings.join(listeners.get(rank), rank, seen, Rings.SECRET, options(timeout, 60_000)));
    }
    List<Collective> group = joining.stream().map(CompletableFuture::join).toList();
    open.addAll(group);
    open.add(proxy);
    return group;
  }

  /** What is done to the network. */
  private interface Fault {
    void strike() throws IOException;
  }

  private static List<Outcome<Object>> workUntilFailure(List<Collective> group, Fault fault) {
    return Ranks.runBare(
        group,
        c -> {
          for (int step = 0; ; step++) {
            if (step == 50 && c.rank() == 2) {
              fault.strike();
            }
            c.allReduceSum(new double[20_000]);
          }
        });
  }
}
