package org.jowa.data.batch;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.jowa.data.SmallLogs;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.sample.GameMix;
import org.jowa.data.tokens.TokenSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What reading a batch costs the Java heap once a loader is warm: nothing for each sample. */
class SteadyStateTest {
  private static final int BATCH = 256;
  private static final int STEPS = 2_000;

  /** For the hand-over of a batch between two threads; a sample's share is under 4 bytes. */
  private static final long BYTES_PER_BATCH = 1_000;

  @TempDir static Path folder;
  private static Dataset dataset;
  private static TokenSet tokens;

  @BeforeAll
  static void makeData() {
    SmallLogs.write(folder.resolve("logs"));
    dataset = SmallLogs.ingest(folder.resolve("logs"), folder.resolve("data"));
    tokens = SmallLogs.tokenize(dataset);
  }

  @Test
  void sequences() {
    for (GameMix mix : new GameMix[] {GameMix.NATURAL, GameMix.parse("Pong:0.3,*:0.7", 1)}) {
      try (SequenceLoader loader =
          SequenceLoader.open(
              dataset,
              tokens,
              Split.TRAIN,
              SequenceOptions.STANDARD.withMix(mix),
              1,
              BATCH,
              0,
              1,
              2)) {
        assertThat(allocatedBytesPerBatch(loader::batch, "sequence loader"))
            .isLessThan(BYTES_PER_BATCH);
      }
    }
  }

  /** All threads of the loader, by name, and this one. */
  private static double allocatedBytesPerBatch(LongConsumer read, String threadName) {
    for (long step = 0; step < STEPS; step++) {
      read.accept(step);
    }
    long before = allocated(threadName);
    for (long step = STEPS; step < 2 * STEPS; step++) {
      read.accept(step);
    }
    return (double) (allocated(threadName) - before) / STEPS;
  }

  private static long allocated(String threadName) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] ids =
        Arrays.stream(threads.getAllThreadIds())
            .filter(
                id ->
                    id == Thread.currentThread().getId()
                        || threads.getThreadInfo(id).getThreadName().startsWith(threadName))
            .toArray();
    return Arrays.stream(threads.getThreadAllocatedBytes(ids)).sum();
  }
}
