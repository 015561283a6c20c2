package org.jowa.data.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jowa.error.InvalidInputException;
import org.jowa.error.StoreException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageTest {
  private static final byte[] CONTENT = {1, 2, 3};

  @TempDir private Path folder;

  @Test
  void foldersAreMadeByManyThreadsAtOnce() throws Exception {
    Storage storage = Storage.at(folder.toString());
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      Callable<Void> write =
          () -> {
            for (int i = 0; i < 20; i++) {
              storage.overwrite(
                  String.format(Locale.ROOT, "a/b%d/c/%d", i, Thread.currentThread().getId()),
                  CONTENT);
            }
            return null;
          };
      for (Future<Void> done :
          threads.invokeAll(IntStream.range(0, 8).mapToObj(i -> write).toList())) {
        done.get();
      }
      assertThat(storage.folder("a").list()).hasSize(20);
      assertThat(storage.folder("a/b7/c").list()).hasSizeBetween(1, 8);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void filesHaveThePermissionsThatTheSystemGivesNewOnes() throws IOException {
    Storage storage = Storage.at(folder.resolve("new").toString());
    storage.overwrite("ours", CONTENT);
    WholeFiles.write(storage, "renamed", CONTENT);
    Set<PosixFilePermission> usual =
        Files.getPosixFilePermissions(Files.createFile(folder.resolve("theirs")));
    assertThat(Files.getPosixFilePermissions(folder.resolve("new/ours"))).isEqualTo(usual);
    assertThat(Files.getPosixFilePermissions(folder.resolve("new/renamed"))).isEqualTo(usual);
    assertThat(Files.getPosixFilePermissions(folder.resolve("new")))
        .isEqualTo(
            Files.getPosixFilePermissions(Files.createDirectory(folder.resolve("their folder"))));
  }

  @Test
  void whatIsInTheWayIsToldByName() throws IOException {
    Storage storage = Storage.at(folder.toString());
    Files.createDirectory(folder.resolve("directory"));
    Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> storage.overwrite("directory", CONTENT))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Can't write " + folder.resolve("directory"))
        .hasMessageContaining("Is a directory");
    assertThatThrownBy(() -> storage.overwrite("file/inside", CONTENT))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("Can't write " + folder.resolve("file/inside"))
        .hasMessageContaining("the folder " + folder.resolve("file") + " can't be made");
  }
}
