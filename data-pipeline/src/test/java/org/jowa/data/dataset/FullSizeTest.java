package org.jowa.data.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jowa.data.sample.GameMix;
import org.jowa.data.sample.MixedOrder;
import org.jowa.data.sample.SampleOrder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** 15 games, 150 million steps, 5.55 billion tokens: the metadata alone. */
class FullSizeTest {
  private static final SyntheticDataset SIZE = SyntheticDataset.ofThePaper();
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir static Path folder;
  private static Dataset dataset;

  @BeforeAll
  static void write() {
    dataset = SIZE.write(folder.toString(), false);
  }

  @Test
  void theMetadataIsSmallAndOpensInMemoryThatIsInProportionToIt() throws IOException {
    assertThat(SIZE.steps() * 37).isBetween(5_500_000_000L, 6_000_000_000L);
    long manifest = Files.size(folder.resolve("manifest.json"));
    long episodes = Files.size(folder.resolve("episodes.arrow"));
    assertThat(manifest).isLessThan(3_000_000);
    assertThat(episodes).isLessThan(10_000_000);
    long before = allocated();
    Dataset opened = Dataset.open(folder.toString());
    assertThat(allocated() - before).isLessThan(20 * (manifest + episodes));
    assertThat(opened.manifest().steps()).isEqualTo(SIZE.steps());
    assertThat(opened.episodes().all()).hasSize((int) opened.manifest().episodes());
  }

  @Test
  void orderAndResumeCostTheSameAtAnyStepAndHoldNothing() {
    SampleOrder order = SampleOrder.of(7, dataset.segmentsPerLane());
    int[][] perGame = new int[dataset.lanes()][SIZE.games()];
    for (int[] lane : perGame) {
      java.util.Arrays.fill(lane, dataset.segmentsPerLane()[0] / SIZE.games());
    }
    MixedOrder mixed =
        MixedOrder.of(7, perGame, dataset.games(), new GameMix(java.util.Map.of(), 3));
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
