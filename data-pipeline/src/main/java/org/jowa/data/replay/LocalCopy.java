package org.jowa.data.replay;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jowa.data.storage.Storage;

/**
 * A file on the local disk, for readers that seek: the file itself, or a copy until it is closed.
 */
record LocalCopy(Path path, boolean isCopy) implements Closeable {
  static LocalCopy of(Storage folder, String name) throws IOException {
    Path local = folder.localPath(name).orElse(null);
    if (local != null) {
      return new LocalCopy(local, false);
    }
    LocalCopy copy = new LocalCopy(Files.createTempFile("episodes", ""), true);
    try (InputStream in = folder.open(name)) {
      Files.copy(in, copy.path, StandardCopyOption.REPLACE_EXISTING);
      return copy;
    } catch (IOException | RuntimeException e) {
      copy.close();
      throw e;
    }
  }

  @Override
  public void close() {
    try {
      if (isCopy) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // A temporary file more does no harm.
    }
  }
}
