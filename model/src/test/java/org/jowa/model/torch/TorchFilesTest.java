package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchFilesTest {
  private static final String SETTING = "DJL_CACHE_DIR";

  @TempDir private Path folder;
  private String before;

  @BeforeEach
  void unpackToAFolderOfOurs() {
    // Loaded already, torch takes no notice.
    TorchRuntime.init();
    before = System.getProperty(SETTING);
    System.setProperty(SETTING, folder.toString());
  }

  @AfterEach
  void unpackAsBefore() {
    if (before == null) {
      System.clearProperty(SETTING);
    } else {
      System.setProperty(SETTING, before);
    }
  }

  @Test
  void everyFileThatDjlLoadsIsMadeWholeAgain() throws IOException {
    TorchFiles.unpack();
    SortedMap<String, Long> whole = sizes();
    Path cache = Path.of(TorchRuntime.libraryPath());
    assertThat(whole).hasSize(5);
    assertThat(sizes(cache)).containsAllEntriesOf(whole);

    Path own = TorchFiles.folder().resolve(cache.getFileName());
    Files.delete(own.resolve("libc10.so"));
    try (FileChannel file =
        FileChannel.open(own.resolve("libtorch_cpu.so"), StandardOpenOption.WRITE)) {
      file.truncate(50_000_000);
    }
    TorchFiles.unpack();
    assertThat(sizes()).isEqualTo(whole);
  }

  private SortedMap<String, Long> sizes() throws IOException {
    return sizes(TorchFiles.folder().resolve(Path.of(TorchRuntime.libraryPath()).getFileName()));
  }

  private static SortedMap<String, Long> sizes(Path folder) throws IOException {
    SortedMap<String, Long> sizes = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        sizes.put(file.getFileName().toString(), Files.size(file));
      }
    }
    return sizes;
  }
}
