package org.jowa.data.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.jowa.data.bench.SyntheticDataset;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.sample.GameMix;
import org.jowa.data.sample.MixedOrder;
import org.jowa.data.sample.SampleOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * 15 games, 150 million steps, 5.55 billion tokens: the metadata alone, for 64 ranks and for 512.
 */
class FullSizeTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path folder;

  static Stream<SyntheticDataset> sizes() {
    // 15 games of 10 million steps, 5.55 billion tokens; and the same in lanes for 512 ranks.
    return Stream.of(
        new SyntheticDataset(15, 2, 64, 2, 39_063, 1_000),
        new SyntheticDataset(15, 2, 512, 1, 9_766, 1_000));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void theMetadataIsSmallAndOpensInMemoryThatIsInProportionToIt(SyntheticDataset size)
      throws IOException {
    size.write(folder.toString(), false);
    assertThat(size.steps() * 37).isBetween(5_500_000_000L, 6_000_000_000L);
    long manifest = Files.size(folder.resolve("manifest.json"));
    long episodes = Files.size(folder.resolve("episodes.arrow"));
    assertThat(manifest).isLessThan(10_000_000);
    assertThat(episodes).isLessThan(10_000_000);
    long before = allocated();
    Dataset opened = Dataset.open(folder.toString());
    assertThat(allocated() - before).isLessThan(20 * (manifest + episodes));
    assertThat(opened.manifest().steps()).isEqualTo(size.steps());
    assertThat(opened.episodes().all()).hasSize((int) opened.manifest().episodes());
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void orderAndResumeCostTheSameAtAnyStepAndHoldNothing(SyntheticDataset size) {
    Dataset dataset = size.write(folder.toString(), false);
    SampleOrder order = SampleOrder.of(7, dataset.segmentsPerLane());
    int[][] perGame = new int[dataset.lanes()][size.games()];
    for (int[] lane : perGame) {
      Arrays.fill(lane, dataset.segmentsPerLane()[0] / size.games());
    }
    MixedOrder mixed = MixedOrder.of(7, perGame, dataset.games(), new GameMix(Map.of(), 3));
    // After 1 billion samples and after a thousand billions, which no run reaches.
    for (long far : new long[] {0, 1_000_000_000L, 1_000_000_000_000L}) {
      long sum = 0;
      for (long k = far; k < far + 2_000; k++) {
        sum += order.segment(k) + mixed.segment(k) + mixed.game(k);
      }
      long before = allocated();
      for (long k = far; k < far + 20_000; k++) {
        sum += order.segment(k) + mixed.segment(k) + mixed.game(k);
      }
      assertThat(allocated() - before).isLessThan(10_000);
      assertThat(sum).isPositive();
    }
  }

  private static long allocated() {
    return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
  }
}
