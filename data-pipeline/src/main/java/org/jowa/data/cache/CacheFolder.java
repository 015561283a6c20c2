package org.jowa.data.cache;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jowa.error.InvalidInputException;
import org.jspecify.annotations.Nullable;

/**
 * The folder of a {@link ShardCache} as several processes share it. Each process holds a lock on
 * its own file in {@code users/} as long as it lives; a user whose lock can be had is dead, and
 * what it left is removed.
 */
final class CacheFolder {
  /** Lock files that threads of one process take turns at. */
  private static final Object THIS_PROCESS = new Object();

  private final Path directory;
  private final String user = UUID.randomUUID().toString();
  private @Nullable FileChannel userFile;

  CacheFolder(Path directory) {
    this.directory = directory;
  }

  Path file(String sha256) {
    return directory.resolve(sha256);
  }

  /** Makes known to all processes which files this one uses. */
  void writeUses(Collection<String> files) throws IOException {
    locked(
        () -> {
          FileChannel own = userFile;
          if (own == null) {
            own = lockedForLife(directory.resolve("users").resolve(user));
            userFile = own;
          }
          own.truncate(0);
          byte[] lines = String.join("\n", files).getBytes(StandardCharsets.US_ASCII);
          return own.write(ByteBuffer.wrap(lines), 0);
        });
  }

  /** Held while a file is fetched, so that no other process fetches it too. */
  AutoCloseable lockFetch(String sha256) throws IOException {
    Path name = directory.resolve("users").resolve("fetch-" + sha256);
    Files.createDirectories(name.getParent());
    FileChannel channel =
        FileChannel.open(name, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = channel.lock();
    return () -> {
      lock.release();
      channel.close();
      // Whoever waits for it has it open; the next one makes it again.
      Files.deleteIfExists(name);
    };
  }

  /** Gives a fetched file its name, while nobody counts what is there. */
  void keep(Path partial, String sha256) throws IOException {
    locked(
        () ->
            Files.move(
                partial,
                file(sha256),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING));
  }

  /**
   * Makes room for a file and takes it, as a file of that size under a temporary name.
   *
   * @throws InvalidInputException when the files in use leave too little
   */
  Path reserve(String sha256, long bytes, long limit) throws IOException {
    return locked(
        () -> {
          Set<String> used = usedByLivingProcesses();
          used.add(sha256);
          List<Path> idle = new ArrayList<>();
          long taken = 0;
          long unused = 0;
          for (Path file : files(directory)) {
            String name = file.getFileName().toString();
            if (name.equals("lock") || Files.isDirectory(file)) {
              continue;
            }
            long size = size(file);
            taken += name.equals(sha256) ? 0 : size;
            if (isCopy(name) && !used.contains(name)) {
              idle.add(file);
              unused += size;
            }
          }
          if (taken - unused + bytes > limit) {
            throw new InvalidInputException(
                String.format(
                    Locale.ROOT,
                    "The shard cache %s holds %,d bytes that are in use and needs %,d more, but its"
                        + " limit is %,d bytes: raise data.cache.gib, or use more machines, so that"
                        + " each has fewer lanes.",
                    directory,
                    taken - unused,
                    bytes,
                    limit));
          }
          idle.sort(Comparator.comparing(CacheFolder::lastAsked).thenComparing(Path::toString));
          for (Path file : idle) {
            if (taken + bytes <= limit) {
              break;
            }
            taken -= Files.size(file);
            Files.delete(file);
          }
          Path partial = directory.resolve(sha256 + "." + user);
          try (RandomAccessFile reserved = new RandomAccessFile(partial.toFile(), "rw")) {
            reserved.setLength(bytes);
          }
          return partial;
        });
  }

  private Set<String> usedByLivingProcesses() throws IOException {
    Set<String> used = new HashSet<>();
    for (Path file : files(directory.resolve("users"))) {
      String name = file.getFileName().toString();
      if (name.startsWith("fetch-")) {
        continue;
      }
      // Opening and closing our own file would release our lock on it.
      if (!name.equals(user) && isDead(file)) {
        removeDead(name);
        Files.deleteIfExists(file);
      } else {
        used.addAll(userFile != null && name.equals(user) ? uses(userFile) : lines(file));
      }
    }
    return used;
  }

  private static List<String> uses(FileChannel own) throws IOException {
    ByteBuffer lines = ByteBuffer.allocate((int) own.size());
    own.read(lines, 0);
    return new String(lines.array(), StandardCharsets.US_ASCII).lines().toList();
  }

  private static List<String> lines(Path file) throws IOException {
    try {
      return Files.readAllLines(file, StandardCharsets.US_ASCII);
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  private static boolean isDead(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null;
    } catch (NoSuchFileException e) {
      return true;
    } catch (OverlappingFileLockException e) {
      // Of this process, under another name of the same directory.
      return false;
    }
  }

  private void removeDead(String deadUser) throws IOException {
    for (Path file : files(directory)) {
      if (file.getFileName().toString().endsWith("." + deadUser)) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static boolean isCopy(String name) {
    return name.matches("[0-9a-f]{64}");
  }

  /** Nothing for one that a failed fetch has just taken away. */
  private static long size(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  private static FileTime lastAsked(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      all.forEach(files::add);
    }
    return files;
  }

  private static FileChannel lockedForLife(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    channel.lock();
    file.toFile().deleteOnExit();
    return channel;
  }

  private interface Action<T> {
    T run() throws IOException;
  }

  private <T> T locked(Action<T> action) throws IOException {
    Files.createDirectories(directory);
    synchronized (THIS_PROCESS) {
      try (FileChannel channel =
              FileChannel.open(
                  directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        return action.run();
      }
    }
  }

  @Override
  public String toString() {
    return directory.toString();
  }
}
