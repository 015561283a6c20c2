package org.jowa.model.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jowa.error.InvalidInputException;
import org.jowa.model.collective.NcclLibrary.Reduction;
import org.jowa.model.collective.NcclLibrary.Type;
import org.jowa.model.parity.CollectiveChecks;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The calls that are made of NCCL and CUDA, and when. What they compute takes a GPU to prove. */
@Timeout(120)
class NcclCollectiveTest {
  private static final DeviceMemory MEMORY = new DeviceMemory(4096, 10, Type.FLOAT32);

  private final List<StandInNccl> libraries = new ArrayList<>();
  private List<Collective> rings = List.of();

  @BeforeAll
  static void startTorch() {
    TorchRuntime.init();
  }

  @AfterEach
  void close() {
    rings.forEach(Collective::close);
  }

  private List<Collective> rings(int worldSize, Duration timeout) {
    rings = Rings.create(worldSize, Rings.options(timeout, line -> {}));
    for (int rank = 0; rank < worldSize; rank++) {
      libraries.add(new StandInNccl());
    }
    return rings;
  }

  private NcclCollective over(Collective ring) {
    return NcclCollective.over((RingCollective) ring, libraries.get(ring.rank()), 3);
  }

  @Test
  void reducesOnAStreamOfItsOwnAfterWhatTorchDoes() {
    Ranks.values(
        rings(2, Duration.ofSeconds(30)),
        ring -> {
          try (NcclCollective collective = over(ring)) {
            collective.allReduce(MEMORY, Reduction.SUM).finish();
            collective.broadcast(MEMORY, 1).finish();
            collective.allReduce(new DeviceMemory(0, 0, Type.BFLOAT16), Reduction.MEAN).finish();
          }
          return null;
        });
    for (int rank = 0; rank < 2; rank++) {
      assertThat(libraries.get(rank).calls.stream().filter(call -> !call.startsWith("useDevice")))
          .containsExactly(
              "init " + rank + "/2",
              "newStream",
              "record 100 on 1",
              "9 awaits 100",
              "freeEvent 100",
              "allReduce 4096[10] FLOAT32 SUM on 7, 9",
              "record 101 on 9",
              "freeEvent 101",
              "record 102 on 1",
              "9 awaits 102",
              "freeEvent 102",
              "broadcast 4096[10] from 1 on 7, 9",
              "record 103 on 9",
              "freeEvent 103",
              "destroy 7",
              "freeStream 9");
      assertThat(libraries.get(rank).calls.get(0)).isEqualTo("useDevice 3");
    }
  }

  @Test
  void startingReturnsBeforeTheGpuIsDone() {
    Ranks.values(
        rings(1, Duration.ofSeconds(30)),
        ring -> {
          NcclCollective collective = over(ring);
          libraries.get(0).hangs = true;
          Pending pending = collective.allReduce(MEMORY, Reduction.SUM);
          libraries.get(0).hangs = false;
          pending.finish();
          pending.finish();
          return null;
        });
    assertThat(libraries.get(0).calls).filteredOn(call -> call.equals("freeEvent 101")).hasSize(1);
  }

  @Test
  void hostTensorsAndValuesGoRoundTheRing() {
    Ranks.values(
        rings(2, Duration.ofSeconds(30)),
        ring -> {
          CollectiveChecks.onHost(over(ring)).run();
          return null;
        });
    assertThat(libraries.get(0).calls).noneMatch(call -> call.startsWith("allReduce"));
  }

  @Test
  void theFailureOfAnotherRankAbortsTheCommunicator() {
    CountDownLatch started = new CountDownLatch(2);
    List<Ranks.Outcome<Object>> outcomes =
        Ranks.runBare(
            rings(2, Duration.ofSeconds(30)),
            ring -> {
              NcclCollective collective = over(ring);
              libraries.get(ring.rank()).hangs = true;
              Pending pending = collective.allReduce(MEMORY, Reduction.SUM);
              started.countDown();
              started.await();
              if (ring.rank() == 1) {
                collective.abort(new IllegalStateException("shard 7 is altered"));
                return null;
              }
              pending.finish();
              return null;
            });
    assertThat(outcomes.get(0).error())
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("Rank 1 failed")
        .hasMessageContaining("shard 7 is altered");
    assertThat(libraries).allSatisfy(library -> assertThat(library.calls).contains("abort 7"));
  }

  @Test
  void workStartedAfterAnotherRankFailedAbortsTheCommunicator() {
    CountDownLatch joined = new CountDownLatch(2);
    List<Ranks.Outcome<Object>> outcomes =
        Ranks.runBare(
            rings(2, Duration.ofSeconds(30)),
            ring -> {
              NcclCollective collective = over(ring);
              joined.countDown();
              joined.await();
              if (ring.rank() == 1) {
                collective.abort(new IllegalStateException("shard 7 is altered"));
                return null;
              }
              await().until(((RingCollective) ring)::isBroken);
              collective.allReduce(MEMORY, Reduction.SUM);
              return null;
            });
    assertThat(outcomes.get(0).error())
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("Rank 1 failed");
    assertThat(libraries.get(0).calls)
        .contains("abort 7")
        .noneMatch(call -> call.startsWith("allReduce"));
  }

  @Test
  void workThatIsNeverOverEndsWithTheTimeout() {
    List<Ranks.Outcome<Object>> outcomes =
        Ranks.runBare(
            rings(2, Duration.ofSeconds(1)),
            ring -> {
              NcclCollective collective = over(ring);
              libraries.get(ring.rank()).hangs = true;
              collective.allReduce(MEMORY, Reduction.SUM).finish();
              return null;
            });
    assertThat(outcomes)
        .allSatisfy(
            o ->
                assertThat(o.error())
                    .isInstanceOf(CollectiveException.class)
                    .hasMessageContaining("allReduceSum on GPUs wasn't over after 1000 ms"));
    assertThat(libraries).allSatisfy(library -> assertThat(library.calls).contains("abort 7"));
  }

  @Test
  void anErrorOfNcclInTheBackgroundIsTold() {
    List<Ranks.Outcome<Object>> outcomes =
        Ranks.runBare(
            rings(2, Duration.ofSeconds(30)),
            ring -> {
              NcclCollective collective = over(ring);
              libraries.get(ring.rank()).hangs = true;
              if (ring.rank() == 0) {
                libraries.get(0).asyncError = Optional.of("remote process exited");
              }
              collective.allReduce(MEMORY, Reduction.SUM).finish();
              return null;
            });
    assertThat(outcomes.get(0).error()).hasMessageContaining("remote process exited");
    assertThat(outcomes.get(1).error())
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("Rank 0")
        .hasMessageContaining("remote process exited");
  }

  @Test
  void anErrorOfCudaMakesTheProcessUnusable() {
    List<Ranks.Outcome<Object>> outcomes =
        Ranks.runBare(
            rings(2, Duration.ofSeconds(30)),
            ring -> {
              NcclCollective collective = over(ring);
              if (ring.rank() == 1) {
                libraries.get(1).onReduce =
                    Optional.of(new NcclLibrary.NcclException("illegal memory access", true));
              }
              libraries.get(0).hangs = true;
              collective.allReduce(MEMORY, Reduction.SUM).finish();
              return null;
            });
    assertThat(outcomes.get(1).error())
        .isInstanceOf(UnusableProcessException.class)
        .hasMessageContaining("GPU of rank 1")
        .hasMessageContaining("illegal memory access");
    assertThat(outcomes.get(0).error())
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("Rank 1");
  }

  @Test
  void aRankThatDiesWhileNcclStartsFreesTheOthers() {
    List<Ranks.Outcome<Object>> outcomes =
        Ranks.runBare(
            rings(2, Duration.ofSeconds(30)),
            ring -> {
              if (ring.rank() == 1) {
                // Takes part in handing out the id, and fails then.
                ring.allReduceSum(new double[1]);
                ring.allReduceSum(new double[128]);
                // Later than that, or the others would learn of it while they wait for the id.
                libraries.get(0).initBegan.await();
                ring.abort(new IllegalStateException("no such GPU"));
                return null;
              }
              libraries.get(0).initWaits = new CountDownLatch(1);
              over(ring);
              return null;
            });
    libraries.get(0).initWaits.countDown();
    assertThat(outcomes.get(0).error())
        .isInstanceOf(UnusableProcessException.class)
        .hasMessageContaining("no such GPU");
  }

  @Test
  void withoutTheLibrariesOneLineSaysWhatToDo() throws Exception {
    Assumptions.assumeFalse(hasDriver(), "This machine has an NVIDIA driver");
    rings(1, Duration.ofSeconds(30));
    assertThatThrownBy(() -> NcclCollective.over(rings.get(0), 0))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("NCCL can't be used on this machine")
        .hasMessageContaining("LD_LIBRARY_PATH")
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    assertThatThrownBy(() -> rings.get(0).barrier()).isInstanceOf(CollectiveException.class);
  }

  private static boolean hasDriver() throws Exception {
    try (Stream<Path> devices = Files.list(Path.of("/dev"))) {
      return devices.anyMatch(path -> path.getFileName().toString().startsWith("nvidia"));
    }
  }

  @Test
  void onlyRanksOfARingCanUseNccl() {
    Collective alone = InProcessCollectives.create(1, Duration.ofSeconds(1)).get(0);
    assertThatThrownBy(() -> NcclCollective.over(alone, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("InProcessCollective");
  }

  @Test
  void aTensorThatNcclDoesNotCarryIsRefused() {
    try (PointerScope scope = new PointerScope()) {
      Tensor doubles = Tensors.of(new double[] {1, 2}, 2);
      assertThatThrownBy(() -> DeviceMemory.of(doubles)).hasMessageContaining("bfloat16");
      Tensor floats = Tensors.of(new float[6], 2, 3);
      assertThatThrownBy(() -> DeviceMemory.of(floats.t())).hasMessageContaining("contiguous");
      assertThat(DeviceMemory.of(floats).count()).isEqualTo(6);
    }
  }
}
