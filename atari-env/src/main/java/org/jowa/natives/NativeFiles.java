package org.jowa.natives;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/**
 * Native libraries, unpacked. A library that was cut short when a disk filled up ends the process
 * as soon as it is used, so that sizes are compared with those in the jar before anything is
 * loaded.
 */
public final class NativeFiles {
  private NativeFiles() {}

  /**
   * Copies what is missing in a folder, or isn't as long as in its jar. Each file appears whole:
   * processes that have the old one open go on with that.
   *
   * @param folder made where it isn't there
   * @param files names in the folder, and where their contents are
   * @throws IOException if they can't be written; what there is too little room for isn't begun
   */
  public static void unpack(Path folder, Map<String, URL> files) throws IOException {
    long missing = 0;
    for (Map.Entry<String, URL> file : files.entrySet()) {
      missing +=
          isWhole(folder.resolve(file.getKey()), file.getValue()) ? 0 : size(file.getValue());
    }
    if (missing == 0) {
      return;
    }
    Files.createDirectories(folder);
    long room = Files.getFileStore(folder).getUsableSpace();
    if (room < missing) {
      throw new IOException(
          mib(missing) + " MiB are needed in " + folder + ", and " + mib(room) + " MiB are free");
    }
    for (Map.Entry<String, URL> file : files.entrySet()) {
      Path target = folder.resolve(file.getKey());
      if (!isWhole(target, file.getValue())) {
        copy(file.getValue(), target);
      }
    }
  }

  private static boolean isWhole(Path file, URL original) throws IOException {
    return Files.isRegularFile(file) && Files.size(file) == size(original);
  }

  private static void copy(URL original, Path target) throws IOException {
    Path fresh = Files.createTempFile(target.getParent(), target.getFileName().toString(), ".new");
    try (InputStream bytes = original.openStream()) {
      Files.copy(bytes, fresh, StandardCopyOption.REPLACE_EXISTING);
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private static long size(URL original) throws IOException {
    URLConnection connection = original.openConnection();
    return connection.getContentLengthLong();
  }

  private static long mib(long bytes) {
    return (bytes + (1L << 20) - 1) >> 20;
  }
}
