package org.jowa.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The unpacked archive that the build has made. */
public final class Archive {
  private static final Path BUILT =
      Path.of(System.getProperty("jowa.project")).resolve("deploy/target");

  private Archive() {}

  /** Its folder. */
  public static Path folder() {
    try (Stream<Path> built = Files.list(BUILT)) {
      return built
          .filter(path -> Files.isExecutable(path.resolve("bin/jowa")))
          .findFirst()
          .orElseThrow(() -> new AssertionError("No archive in " + BUILT));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
