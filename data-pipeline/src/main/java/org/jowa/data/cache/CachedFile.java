package org.jowa.data.cache;

import java.nio.file.Path;

/**
 * A file that stays where it is until this is closed.
 *
 * @param path on the local disk
 * @param release called once, when the file may go
 */
public record CachedFile(Path path, Runnable release) implements AutoCloseable {
  /** A file that no cache owns. */
  public static CachedFile inPlace(Path path) {
    return new CachedFile(path, () -> {});
  }

  @Override
  public void close() {
    release.run();
  }
}
