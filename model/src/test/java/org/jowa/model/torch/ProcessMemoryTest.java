package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class ProcessMemoryTest {
  private static final long PAGE_BYTES = 4096;

  @Test
  void freedMapsAreUsedAgainInsteadOfFaultedInAnew() throws IOException {
    TorchRuntime.init();
    // Until the heap has room beside what other threads have put in between.
    fill(10);
    long before = minorFaults();
    int rounds = 20;
    fill(rounds);
    // The system's default would fault every page of every round in.
    assertThat(minorFaults() - before).isLessThan(rounds * bytes() / PAGE_BYTES / 4);
  }

  @Test
  void theUsersOwnSettingsStay() {
    assertThat(ProcessMemory.unset(Map.of("MALLOC_ARENA_MAX", "4", "HOME", "/")))
        .extracting(ProcessMemory.Parameter::variable)
        .containsExactly(
            "MALLOC_TRIM_THRESHOLD_",
            "MALLOC_TOP_PAD_",
            "MALLOC_MMAP_THRESHOLD_",
            "MALLOC_MMAP_MAX_");
  }

  private static long bytes() {
    return 40L << 20;
  }

  /** Makes, fills and frees a tensor above every limit that glibc finds by itself. */
  private static void fill(int rounds) {
    for (int round = 0; round < rounds; round++) {
      try (StepScope scope = StepScope.inference()) {
        Tensor map = Tensors.zeros(ScalarType.Byte, bytes());
        assertThat(map.numel()).isEqualTo(bytes());
      }
    }
  }

  private static long minorFaults() throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    // Fields count from the process's name, which may hold anything but a last parenthesis.
    return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[7]);
  }
}
