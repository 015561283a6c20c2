package org.jowa.data.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedFilesTest {
  private static final int BYTES = 10_000;

  @TempDir Path folder;

  @Test
  void onlySoManyBytesAreMappedAtATimeAndTheOldestGoFirst() throws IOException {
    try (MappedFiles files = MappedFiles.within(2 * BYTES)) {
      List<MappedFiles.File> opened = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        byte[] bytes = new byte[BYTES];
        Arrays.fill(bytes, (byte) i);
        opened.add(files.file(Files.write(folder.resolve("file" + i), bytes)));
      }
      assertThat(files.mappedBytes()).isZero();
      for (int i : new int[] {0, 1, 0, 2, 3, 4, 0, 0, 1}) {
        assertThat(opened.get(i).bytes().get(BYTES - 1)).isEqualTo((byte) i);
        assertThat(files.mappedBytes()).isLessThanOrEqualTo(2 * BYTES);
        assertThat(mapped(folder)).isLessThanOrEqualTo(2);
      }
      assertThat(mapped(folder)).isEqualTo(2);
      files.close();
      assertThat(mapped(folder)).isZero();
      assertThat(opened.get(3).bytes().get(7)).isEqualTo((byte) 3);
    }
  }

  @Test
  void aFileLargerThanTheLimitIsMappedAlone() throws IOException {
    try (MappedFiles files = MappedFiles.within(1)) {
      Path file = Files.write(folder.resolve("file"), new byte[BYTES]);
      assertThat(files.file(file).bytes().capacity()).isEqualTo(BYTES);
    }
  }

  /** How many of the folder's files the kernel has mapped for this process. */
  private static long mapped(Path folder) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .filter(line -> line.contains(folder.toString()))
        .count();
  }
}
