package org.jowa.data.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.OtherFileSystem;
import org.jowa.data.storage.Sha256;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardCacheTest {
  private static final int BYTES = 1000;

  @TempDir Path remote;
  @TempDir Path directory;
  private Storage storage;
  private final List<String> hashes = new ArrayList<>();

  @BeforeEach
  void makeFiles() throws IOException {
    storage = remoteStorage(remote);
    Random random = new Random(1);
    for (int i = 0; i < 5; i++) {
      byte[] bytes = new byte[BYTES];
      random.nextBytes(bytes);
      Files.write(remote.resolve("file" + i), bytes);
      hashes.add(Sha256.of(bytes));
    }
  }

  private static Storage remoteStorage(Path folder) {
    Configuration configuration = new Configuration();
    configuration.setClass(
        "fs.other.impl", OtherFileSystem.class, org.apache.hadoop.fs.FileSystem.class);
    return Storage.at("other://host" + folder, configuration);
  }

  private CachedFile open(ShardCache cache, int file) {
    return cache.open(storage, "file" + file, BYTES, hashes.get(file));
  }

  private List<Integer> held() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("jowa-shards"))) {
      return files
          .map(file -> hashes.indexOf(file.getFileName().toString()))
          .filter(i -> i >= 0)
          .sorted()
          .toList();
    }
  }

  @Test
  void aFileIsFetchedOnceAndHasTheRemoteBytes() throws IOException {
    ShardCache cache = ShardCache.at(directory, 10 * BYTES);
    try (CachedFile first = open(cache, 0);
        CachedFile second = open(cache, 0)) {
      assertThat(first.path()).hasSameBinaryContentAs(remote.resolve("file0"));
      assertThat(second.path()).isEqualTo(first.path());
      Object inode = Files.getAttribute(first.path(), "unix:ino");
      try (CachedFile third = open(ShardCache.at(directory, 10 * BYTES), 0)) {
        assertThat(Files.getAttribute(third.path(), "unix:ino")).isEqualTo(inode);
      }
    }
  }

  @Test
  void whatWasAskedForLongestAgoGoesFirstAndNothingThatIsInUse() throws Exception {
    ShardCache cache = ShardCache.at(directory, 3 * BYTES);
    Path stranger = directory.resolve("jowa-shards/notes.txt");
    CachedFile kept = open(cache, 0);
    Files.write(stranger, new byte[] {1});
    Files.delete(stranger);
    for (int file : new int[] {1, 2, 1, 3}) {
      for (int earlier : held()) {
        age(directory.resolve("jowa-shards").resolve(hashes.get(earlier)));
      }
      open(cache, file).close();
    }
    assertThat(held()).containsExactly(0, 1, 3);
    kept.close();
    kept.close();
    open(cache, 4).close();
    assertThat(held()).containsExactly(1, 3, 4);
  }

  private static void age(Path file) throws IOException {
    FileTime asked = Files.getLastModifiedTime(file);
    Files.setLastModifiedTime(file, FileTime.from(asked.toInstant().minusSeconds(1)));
  }

  @Test
  void whenAllIsInUseTheLimitIsToldAndNothingIsDeleted() throws IOException {
    ShardCache cache = ShardCache.at(directory, 2 * BYTES + 10);
    try (CachedFile first = open(cache, 0);
        CachedFile second = open(cache, 1)) {
      assertThatThrownBy(() -> open(cache, 2))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("2,000 bytes that are in use")
          .hasMessageContaining("limit is 2,010")
          .hasMessageContaining("data.cache.gib");
      assertThat(held()).containsExactly(0, 1);
    }
    open(cache, 2).close();
    assertThat(held()).hasSize(2).contains(2);
  }

  @Test
  void aFileThatIsInAnotherProcessesUseStaysAndADeadOnesDoesNot() throws Exception {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                remote.toString(),
                directory.toString(),
                hashes.get(0))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(other.inputReader().readLine()).isEqualTo("holding");
      ShardCache cache = ShardCache.at(directory, 2 * BYTES);
      for (int file = 1; file < 5; file++) {
        open(cache, file).close();
      }
      assertThat(held()).containsExactly(0, 4);
      // A crash in the middle of a fetch.
      Path user =
          Files.list(directory.resolve("jowa-shards/users"))
              .filter(file -> !holdsNothing(file))
              .findFirst()
              .orElseThrow();
      Path half =
          directory.resolve("jowa-shards").resolve(hashes.get(3) + "." + user.getFileName());
      Files.write(half, new byte[10]);
      other.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
      open(cache, 1).close();
      assertThat(half).doesNotExist();
      assertThat(user).doesNotExist();
      open(cache, 2).close();
      assertThat(held()).containsExactly(1, 2);
    } finally {
      other.destroyForcibly();
    }
  }

  private static boolean holdsNothing(Path user) {
    try {
      return Files.size(user) == 0;
    } catch (IOException e) {
      return true;
    }
  }

  /** Another process, which opens a file and keeps it. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws IOException {
      CachedFile file =
          ShardCache.at(Path.of(args[1]), 2 * BYTES)
              .open(remoteStorage(Path.of(args[0])), "file0", BYTES, args[2]);
      System.out.println(Files.exists(file.path()) ? "holding" : "missing");
      System.in.read();
    }
  }

  @Test
  void aDamagedCopyIsFetchedAgain() throws IOException {
    Path copy = directory.resolve("jowa-shards").resolve(hashes.get(0));
    Files.createDirectories(copy.getParent());
    byte[] damaged = Files.readAllBytes(remote.resolve("file0"));
    damaged[500] ^= 1;
    Files.write(copy, damaged);
    try (CachedFile file = open(ShardCache.at(directory, 10 * BYTES), 0)) {
      assertThat(file.path()).isEqualTo(copy).hasSameBinaryContentAs(remote.resolve("file0"));
    }
    Files.write(copy, Arrays.copyOf(damaged, 400));
    try (CachedFile file = open(ShardCache.at(directory, 10 * BYTES), 0)) {
      assertThat(file.path()).hasSameBinaryContentAs(remote.resolve("file0"));
    }
  }

  @Test
  void aDamagedOrMissingOriginalIsNamedAndLeavesNothingBehind() throws IOException {
    byte[] damaged = Files.readAllBytes(remote.resolve("file0"));
    damaged[1] ^= 1;
    Files.write(remote.resolve("file0"), damaged);
    ShardCache cache = ShardCache.at(directory, 10 * BYTES);
    assertThatThrownBy(() -> open(cache, 0))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("file0")
        .hasMessageContaining("SHA-256");
    assertThatThrownBy(() -> cache.open(storage, "nothing", BYTES, hashes.get(0)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("the file is missing");
    assertThat(held()).isEmpty();
    try (Stream<Path> files = Files.list(directory.resolve("jowa-shards"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("lock", "users");
    }
  }

  @Test
  void threadsThatAskAtOnceShareOneFetch() throws Exception {
    ShardCache cache = ShardCache.at(directory, 10 * BYTES);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<Object>> inodes = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        int file = i % 4;
        inodes.add(
            threads.submit(
                () -> {
                  try (CachedFile opened = open(cache, file)) {
                    return Files.getAttribute(opened.path(), "unix:ino");
                  }
                }));
      }
      for (int i = 4; i < 16; i++) {
        assertThat(inodes.get(i).get()).isEqualTo(inodes.get(i % 4).get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aLocalFileIsUsedWhereItIs() {
    ShardCache cache = ShardCache.at(directory, 0);
    try (CachedFile file =
        cache.open(Storage.at(remote.toString()), "file0", BYTES, hashes.get(0))) {
      assertThat(file.path()).isEqualTo(remote.resolve("file0"));
    }
    assertThat(directory.resolve("jowa-shards")).doesNotExist();
  }
}
