package org.jowa.data.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jowa.error.InvalidInputException;
import org.jowa.error.StoreException;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that one job at a time writes into a folder. It goes with its process, however that
 * ends:
 *
 * <ul>
 *   <li>On a local disk it is a lock of the operating system on a file, which goes with the process
 *       that holds it: whoever comes after one that was killed has it at once.
 *   <li>Elsewhere it is a file that its owner writes anew every {@value #RENEWAL_SECONDS} seconds.
 *       Whoever finds one watches it: if {@value #MISSED} renewals don't come its owner is dead,
 *       and the lock is taken over. Only what the watcher sees change counts, no machine's clock.
 *       HDFS creates a file for one of two writers only; a store that does not (S3A without
 *       conditional writes) leaves the lock to the later one, which the earlier one notices when it
 *       renews or calls {@link #requireHeld}.
 * </ul>
 */
public final class FolderLock implements AutoCloseable {
  private static final int RENEWAL_SECONDS = 5;

  /** A lock that misses so many renewals has lost its owner. */
  private static final int MISSED = 4;

  private static final int POLLS = 10;

  private final Storage storage;
  private final String name;
  private final String work;
  private final Held held;

  /** Another holds the lock. */
  public static final class HeldException extends InvalidInputException {
    private static final long serialVersionUID = 1L;

    private HeldException(String message) {
      super(message);
    }
  }

  /** How a kind of file system holds a lock. */
  private interface Held {
    boolean isStill();

    void whenLost(Runnable action);

    void release();
  }

  private FolderLock(Storage storage, String name, String work, Held held) {
    this.storage = storage;
    this.name = name;
    this.work = work;
    this.held = held;
  }

  /**
   * Takes the lock. Where it is held by a living process this takes a few seconds at most; where
   * one that died left it on another file system than a local disk, {@value #MISSED} renewals.
   *
   * @param name of the lock's file in the folder
   * @param work what holders of the lock do, "ingest" for instance
   * @throws HeldException when another process, or another thread of this one, holds it
   * @throws InvalidInputException when the folder can't be written
   */
  public static FolderLock acquire(Storage storage, String name, String work) {
    return acquire(storage, name, work, Duration.ofSeconds(RENEWAL_SECONDS));
  }

  static FolderLock acquire(Storage storage, String name, String work, Duration renewal) {
    Optional<Path> local = storage.localPath(name);
    Held held =
        local.isPresent()
            ? OsLock.acquire(local.get(), () -> taken(storage, name, work))
            : Lease.acquire(storage, name, renewal.toMillis(), () -> taken(storage, name, work));
    return new FolderLock(storage, name, work, held);
  }

  /**
   * Call before what was written is made valid.
   *
   * @throws HeldException when another process has taken the lock over, because this one stood
   *     still for too long
   */
  public void requireHeld() {
    if (!held.isStill()) {
      throw taken(storage, name, work);
    }
  }

  /**
   * Has something done, once, when another process has taken the lock over. On a local disk nobody
   * can.
   */
  public void whenLost(Runnable action) {
    held.whenLost(action);
  }

  @Override
  public void close() {
    held.release();
  }

  private static HeldException taken(Storage storage, String name, String work) {
    return new HeldException(
        "Another %s writes into %s (it holds %s): wait for its end, or choose another folder."
            .formatted(work, storage, storage.describe(name)));
  }

  /** Makes the error. */
  private interface Taken {
    HeldException error();
  }

  private record OsLock(Path file, FileChannel channel, FileLock lock) implements Held {
    /**
     * Held by this process: to open and close such a file would give up the process's lock on it.
     */
    private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

    static OsLock acquire(Path file, Taken taken) {
      if (!OURS.add(file)) {
        throw taken.error();
      }
      OsLock lock = null;
      try {
        lock = lock(file, taken);
        return lock;
      } finally {
        if (lock == null) {
          OURS.remove(file);
        }
      }
    }

    private static OsLock lock(Path file, Taken taken) {
      try {
        Files.createDirectories(file.getParent());
        while (true) {
          Object before = identity(file);
          FileChannel channel =
              FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = tryLock(channel);
          if (lock == null) {
            channel.close();
            throw taken.error();
          }
          // The owner before may have deleted the file between our opening and our locking it.
          if (before != null && before.equals(identity(file))) {
            return new OsLock(file, channel, lock);
          }
          channel.close();
        }
      } catch (IOException e) {
        throw new InvalidInputException(
            "Can't lock %s: %s. Choose a folder that can be written.".formatted(file, e), e);
      }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
      try {
        return channel.tryLock();
      } catch (OverlappingFileLockException e) {
        // Held by this process under another name of the folder.
        return null;
      }
    }

    /** Device and inode; null when there is no file. */
    private static @Nullable Object identity(Path file) throws IOException {
      try {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
      } catch (NoSuchFileException e) {
        return null;
      }
    }

    @Override
    public boolean isStill() {
      return lock.isValid();
    }

    @Override
    public void whenLost(Runnable action) {
      // The system takes it from nobody.
    }

    @Override
    public void release() {
      try (channel) {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        OURS.remove(file);
      }
    }
  }

  private static final class Lease implements Held {
    private final Storage storage;
    private final String name;
    private final String id = UUID.randomUUID().toString();
    private final ScheduledExecutorService renewal =
        Executors.newSingleThreadScheduledExecutor(
            runnable -> {
              Thread thread = new Thread(runnable, "folder lock");
              thread.setDaemon(true);
              return thread;
            });
    private final AtomicReference<Runnable> lost = new AtomicReference<>();
    private long renewals;

    private Lease(Storage storage, String name) {
      this.storage = storage;
      this.name = name;
    }

    static Lease acquire(Storage storage, String name, long renewalMillis, Taken taken) {
      String seen = read(storage, name);
      if (seen != null) {
        watch(storage, name, seen, renewalMillis, taken);
      }
      Lease lease = new Lease(storage, name);
      if (!storage.createNew(name, lease.content()) || !lease.isStill()) {
        throw taken.error();
      }
      lease.renewal.scheduleWithFixedDelay(
          lease::renew, renewalMillis, renewalMillis, TimeUnit.MILLISECONDS);
      return lease;
    }

    /** Returns when the lock's owner is dead, and its file away. */
    private static void watch(
        Storage storage, String name, String seen, long renewalMillis, Taken taken) {
      for (int poll = 0; poll < MISSED * POLLS; poll++) {
        try {
          Thread.sleep(Math.max(1, renewalMillis / POLLS));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw taken.error();
        }
        String now = read(storage, name);
        if (now == null) {
          return;
        }
        if (!now.equals(seen)) {
          throw taken.error();
        }
      }
      storage.delete(name);
    }

    private synchronized byte[] content() {
      return (id + " " + renewals++).getBytes(StandardCharsets.US_ASCII);
    }

    private void renew() {
      try {
        if (isStill()) {
          storage.overwrite(name, content());
        } else {
          renewal.shutdown();
          tellLost();
        }
      } catch (RuntimeException e) {
        // A store may be away for a while; the next renewal tries again.
      }
    }

    @Override
    public void whenLost(Runnable action) {
      lost.set(action);
      if (renewal.isShutdown()) {
        tellLost();
      }
    }

    private void tellLost() {
      Runnable action = lost.getAndSet(null);
      if (action != null) {
        action.run();
      }
    }

    @Override
    public boolean isStill() {
      String now = read(storage, name);
      return now != null && (now.isEmpty() || now.startsWith(id));
    }

    @Override
    public void release() {
      renewal.shutdown();
      try {
        renewal.awaitTermination(RENEWAL_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      try {
        if (isStill()) {
          storage.delete(name);
        }
      } catch (StoreException e) {
        // It is taken over when its renewals don't come.
      }
    }

    /** The file's text, null when there is none. */
    private static @Nullable String read(Storage storage, String name) {
      if (!storage.exists(name)) {
        return null;
      }
      try {
        return new String(storage.read(name), StandardCharsets.US_ASCII);
      } catch (InvalidInputException e) {
        return null;
      }
    }
  }
}
