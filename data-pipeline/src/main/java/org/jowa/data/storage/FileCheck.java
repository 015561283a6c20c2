package org.jowa.data.storage;

import java.util.Locale;
import org.jowa.error.InvalidInputException;
import org.jspecify.annotations.Nullable;

/** Compares a data set's file with what the manifest says of it. */
public final class FileCheck {
  private FileCheck() {}

  /**
   * @throws InvalidInputException when the file is missing or has another size
   */
  public static void requireSize(Storage storage, String path, long bytes) {
    long found =
        storage.length(path).orElseThrow(() -> damaged(storage, path, "the file is missing", null));
    if (found != bytes) {
      throw damaged(
          storage, path, String.format(Locale.ROOT, "%d bytes, expected %d", found, bytes), null);
    }
  }

  /**
   * @param found SHA-256 of the bytes that were read
   * @throws InvalidInputException when it isn't the expected one
   */
  public static void requireHash(Storage storage, String path, String expected, String found) {
    if (!found.equals(expected)) {
      throw damaged(storage, path, "SHA-256 %s, expected %s".formatted(found, expected), null);
    }
  }

  /**
   * Reads the whole file.
   *
   * @throws InvalidInputException when size or SHA-256 are others
   */
  public static void requireUnaltered(Storage storage, String path, long bytes, String sha256) {
    requireSize(storage, path, bytes);
    requireHash(storage, path, sha256, storage.sha256(path));
  }

  /**
   * What to throw about a shard.
   *
   * @param what is wrong
   */
  public static InvalidInputException damaged(
      Storage storage, String path, String what, @Nullable Throwable cause) {
    return new InvalidInputException(
        "Altered or damaged shard %s: %s. Make the data set again or restore the file."
            .formatted(storage.describe(path), what),
        cause);
  }
}
