package org.jowa.model.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jowa.error.InvalidInputException;

/**
 * A folder of libtorch's libraries that the user named with {@code PYTORCH_LIBRARY_PATH}, checked
 * before anything is loaded from it: what doesn't fit would end the process, or fail much later.
 *
 * @param folder that holds {@code libtorch.so}
 */
record Libtorch(Path folder) {
  static final String PATH = "PYTORCH_LIBRARY_PATH";

  private static final Pattern VERSION = Pattern.compile("\\d+\\.\\d+\\.\\d+");

  /**
   * The folder that a setting names.
   *
   * @param setting of {@value #PATH}; empty or null for none, as DJL takes it
   * @throws InvalidInputException if there is no libtorch of our version in it
   */
  static Optional<Libtorch> named(String setting) {
    if (setting == null || setting.isEmpty()) {
      return Optional.empty();
    }
    Path folder = Path.of(setting);
    if (!Files.isRegularFile(folder.resolve("libtorch.so"))) {
      throw new InvalidInputException(
          "%s is %s, which holds no libtorch.so: point it at the lib folder of an unpacked libtorch %s (docs/gpu.md)"
              .formatted(PATH, setting, TorchRuntime.LIBTORCH_VERSION));
    }
    Libtorch libtorch = new Libtorch(folder);
    libtorch.requireVersion();
    return Optional.of(libtorch);
  }

  /** Which of DJL's own native libraries fits: those for one version of CUDA, or for none. */
  String djlFlavor() {
    return isCuda() ? "cu128" : "cpu";
  }

  boolean isCuda() {
    return Files.isRegularFile(folder.resolve("libtorch_cuda.so"));
  }

  /** A libtorch archive says its version in a file beside lib/, an installed wheel in another. */
  private void requireVersion() {
    for (String name : new String[] {"build-version", "version.py"}) {
      Path file = folder.toAbsolutePath().normalize().resolveSibling(name);
      if (Files.isRegularFile(file)) {
        requireVersion(file);
        return;
      }
    }
  }

  private static void requireVersion(Path file) {
    try {
      Matcher version = VERSION.matcher(Files.readString(file));
      if (version.find() && !version.group().equals(TorchRuntime.LIBTORCH_VERSION)) {
        throw new InvalidInputException(
            "%s names a libtorch %s (says %s), but this build needs %s: unpack that version and point %s at its lib folder (docs/gpu.md)"
                .formatted(PATH, version.group(), file, TorchRuntime.LIBTORCH_VERSION, PATH));
      }
    } catch (IOException e) {
      throw new InvalidInputException("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
