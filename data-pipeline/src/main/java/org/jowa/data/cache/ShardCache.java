package org.jowa.data.cache;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jowa.data.storage.FileCheck;
import org.jowa.data.storage.Sha256;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of remote files on the local disk, named by the SHA-256 of their bytes:
 *
 * <pre>
 * {directory}/jowa-shards/{sha256}           a whole file whose hash was right when it was fetched
 * {directory}/jowa-shards/{sha256}.{user}    a file that a process is fetching
 * {directory}/jowa-shards/users/{user}       the files that a living process uses
 * {directory}/jowa-shards/lock               held while something is decided
 * </pre>
 *
 * <p>Threads and processes of a machine share a directory: each file is fetched once. When room is
 * needed, the file that was asked for longest ago goes first. A file in use never goes, nor does
 * anything that isn't a copy under such a name; files that already lie on a local disk are used
 * where they are and never come in here. A process that dies leaves nothing locked: what it used or
 * was fetching is free again.
 */
public final class ShardCache {
  /** Limit of a cache that nobody set: what all tokens of 15 games take, four times. */
  public static final long DEFAULT_BYTES = 64L << 30;

  private static final Logger LOG = LoggerFactory.getLogger(ShardCache.class);
  private static final int BUFFER_BYTES = 1 << 17;

  /** File locks belong to a process, so that its threads have to share one cache a directory. */
  private static final Map<Path, ShardCache> CACHES = new ConcurrentHashMap<>();

  private final CacheFolder folder;
  private volatile long limit;
  private final Map<String, Integer> uses = new HashMap<>();
  private final Map<String, Object> fetching = new ConcurrentHashMap<>();
  private final Map<String, Boolean> sound = new ConcurrentHashMap<>();

  private ShardCache(Path directory) {
    this.folder = new CacheFolder(directory);
  }

  /**
   * The cache of a directory.
   *
   * @param directory on a local disk; made when the first file is fetched
   * @param limit bytes that its files may take
   */
  public static ShardCache at(Path directory, long limit) {
    Path key = directory.toAbsolutePath().normalize().resolve("jowa-shards");
    ShardCache cache = CACHES.computeIfAbsent(key, ShardCache::new);
    cache.limit = limit;
    return cache;
  }

  /** The cache in the temporary folder of this user. */
  public static ShardCache standard() {
    return at(standardDirectory(), DEFAULT_BYTES);
  }

  /** A folder of this user, below the JVM's folder for temporary files. */
  public static Path standardDirectory() {
    return Path.of(System.getProperty("java.io.tmpdir"), "jowa-" + System.getProperty("user.name"));
  }

  /**
   * A file on the local disk: the file itself when it is there, else the cache's copy, which is
   * fetched when it is missing or damaged.
   *
   * @param storage the folder that the file lies in
   * @param path below it
   * @param bytes its size
   * @param sha256 of its bytes
   * @throws InvalidInputException when the file is missing or isn't what size and hash say, or when
   *     there is no room
   */
  public CachedFile open(Storage storage, String path, long bytes, String sha256) {
    FileCheck.requireSize(storage, path, bytes);
    Optional<Path> local = storage.localPath(path);
    try {
      if (local.isPresent()) {
        requireOnce(storage, path, local.get(), sha256);
        return CachedFile.inPlace(local.get());
      }
      return fetched(storage, path, bytes, sha256);
    } catch (IOException e) {
      throw new InvalidInputException(
          "Can't read %s by way of the shard cache %s: %s."
              .formatted(storage.describe(path), folder, e),
          e);
    }
  }

  /** A local file's hash is taken once a process, and again when the file was written since. */
  private void requireOnce(Storage storage, String path, Path file, String sha256)
      throws IOException {
    String key = file + " " + Files.getLastModifiedTime(file).toMillis() + " " + sha256;
    if (!sound.containsKey(key)) {
      FileCheck.requireHash(storage, path, sha256, storage.sha256(path));
      sound.put(key, true);
    }
  }

  private CachedFile fetched(Storage storage, String path, long bytes, String sha256)
      throws IOException {
    // Threads of this process wait here for each other, processes wait for the file's lock.
    Object turn = fetching.computeIfAbsent(sha256, name -> new Object());
    synchronized (turn) {
      use(sha256);
      boolean done = false;
      try {
        if (!isSound(sha256, bytes)) {
          try (AutoCloseable lock = folder.lockFetch(sha256)) {
            if (!isSound(sha256, bytes)) {
              fetch(storage, path, bytes, sha256);
            }
          } catch (IOException | RuntimeException e) {
            throw e;
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        }
        Path file = folder.file(sha256);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        done = true;
        AtomicBoolean released = new AtomicBoolean();
        return new CachedFile(
            file,
            () -> {
              if (!released.getAndSet(true)) {
                release(sha256);
              }
            });
      } finally {
        if (!done) {
          release(sha256);
        }
      }
    }
  }

  /** From here on no process deletes the file. */
  private void use(String sha256) throws IOException {
    synchronized (uses) {
      if (uses.merge(sha256, 1, Integer::sum) == 1) {
        folder.writeUses(uses.keySet());
      }
    }
  }

  private void release(String sha256) {
    synchronized (uses) {
      if (uses.merge(sha256, -1, Integer::sum) <= 0) {
        uses.remove(sha256);
        try {
          folder.writeUses(uses.keySet());
        } catch (IOException e) {
          // The file then stays longer than it has to.
          LOG.warn("Can't write which files are in use in {}: {}", folder, e.toString());
        }
      }
    }
  }

  /** Whether the copy is there and whole; its hash is taken once a process. */
  private boolean isSound(String sha256, long bytes) throws IOException {
    Path file = folder.file(sha256);
    if (!Files.isRegularFile(file) || Files.size(file) != bytes) {
      sound.remove(sha256);
      return false;
    }
    if (!sound.containsKey(sha256)) {
      if (!hash(file).equals(sha256)) {
        LOG.warn("{} was damaged on this disk: it is fetched again", file);
        return false;
      }
      sound.put(sha256, true);
    }
    return true;
  }

  private static String hash(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Sha256.of(in);
    }
  }

  private void fetch(Storage storage, String path, long bytes, String sha256) throws IOException {
    Path partial = folder.reserve(sha256, bytes, limit);
    try {
      MessageDigest digest = Sha256.digest();
      byte[] buffer = new byte[BUFFER_BYTES];
      try (InputStream in = new DigestInputStream(storage.open(path), digest);
          OutputStream out = Files.newOutputStream(partial)) {
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          out.write(buffer, 0, count);
        }
      }
      FileCheck.requireHash(storage, path, sha256, Sha256.hex(digest));
      folder.keep(partial, sha256);
      sound.put(sha256, true);
    } finally {
      Files.deleteIfExists(partial);
    }
  }
}
