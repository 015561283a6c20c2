package org.jowa.data.storage;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.UUID;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.Path;
import org.jowa.error.InvalidInputException;

/**
 * Files that readers find whole or not at all, on local disks, on HDFS, and on stores that can't
 * rename. Every method throws {@link InvalidInputException} with the file's name when the file
 * system fails.
 */
public final class WholeFiles {
  private WholeFiles() {}

  /**
   * Writes a small file under another name first, so that readers find it whole or not at all. A
   * store that can't rename shows files only when they are closed, so there it is written at once.
   */
  public static void write(Storage storage, String path, byte[] content) {
    String temporary = writeTemporary(storage, path, content);
    try {
      moveInto(storage, temporary, path);
    } catch (UnsupportedOperationException e) {
      storage.overwrite(path, content);
      storage.delete(temporary);
    }
  }

  /**
   * Writes a small file whose content follows from its name: of several writers the first one's
   * stays, untouched.
   */
  public static void writeOnce(Storage storage, String path, byte[] content) {
    publish(
        storage, writeTemporary(storage, path, content), path, content.length, Sha256.of(content));
  }

  private static String writeTemporary(Storage storage, String path, byte[] content) {
    String temporary = temporaryName(path);
    try {
      storage.overwrite(temporary, content);
      return temporary;
    } catch (RuntimeException e) {
      storage.delete(temporary);
      throw e;
    }
  }

  /** A name beside {@code path} that no other writer uses. */
  public static String temporaryName(String path) {
    int slash = path.lastIndexOf('/') + 1;
    return path.substring(0, slash)
        + "."
        + path.substring(slash)
        + "."
        + UUID.randomUUID()
        + ".tmp";
  }

  /** Renames a file, over an existing one when there is one. */
  public static void moveInto(Storage storage, String from, String to) {
    try {
      Path target = storage.path(to);
      storage.makeFolder(target.getParent());
      // The local file system renames over a file; HDFS and object stores refuse.
      if (!storage.isLocal() && storage.fileSystem().exists(target)) {
        storage.fileSystem().delete(target, false);
      }
      if (!rename(storage, from, to)) {
        throw new IOException("Can't rename " + storage.path(from) + " to " + target);
      }
    } catch (IOException e) {
      throw storage.cannot("write", to, e);
    }
  }

  /**
   * Gives a finished file its name. Where another attempt at the same work has put an equal file
   * there it stays untouched: nobody who was told of it ever finds it missing.
   *
   * @param sha256 of the file's bytes
   */
  public static void publish(Storage storage, String from, String to, long bytes, String sha256) {
    try {
      Path target = storage.path(to);
      storage.makeFolder(target.getParent());
      if (holds(storage, to, bytes, sha256)) {
        storage.delete(from);
        return;
      }
      if (!storage.isLocal() && storage.fileSystem().exists(target)) {
        storage.fileSystem().delete(target, false);
      }
      if (renameOrCopy(storage, from, to)) {
        return;
      }
      // Another attempt was quicker.
      if (!holds(storage, to, bytes, sha256)) {
        throw new IOException("Can't rename " + storage.path(from) + " to " + target);
      }
      storage.delete(from);
    } catch (IOException e) {
      throw storage.cannot("write", to, e);
    }
  }

  private static boolean holds(Storage storage, String path, long bytes, String sha256) {
    return storage.length(path).filter(length -> length == bytes).isPresent()
        && storage.sha256(path).equals(sha256);
  }

  /** A store that can't rename shows a file only when it is closed, so a copy appears whole. */
  private static boolean renameOrCopy(Storage storage, String from, String to) throws IOException {
    try {
      return rename(storage, from, to);
    } catch (UnsupportedOperationException e) {
      try (InputStream in = storage.open(from);
          OutputStream out = storage.create(to)) {
        in.transferTo(out);
      }
      storage.delete(from);
      return true;
    }
  }

  private static boolean rename(Storage storage, String from, String to) throws IOException {
    try {
      return storage.fileSystem().rename(storage.path(from), storage.path(to));
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }
}
