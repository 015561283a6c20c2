package org.jowa.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What the system says about the file system that a folder is on. */
final class Mounts {
  private static final Path OWN = Path.of("/proc/self/mountinfo");

  private Mounts() {}

  /**
   * Whether libraries in a folder can't be mapped as programs, because its file system is mounted
   * {@code noexec}; false where the system doesn't say.
   */
  static boolean forbidsPrograms(Path folder) {
    try {
      return forbidsPrograms(existing(folder).toRealPath(), Files.readAllLines(OWN));
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  /**
   * @param real an absolute path without symbolic links
   * @param mounts lines of {@code /proc/self/mountinfo}: the fifth word is where, the sixth how
   */
  static boolean forbidsPrograms(Path real, List<String> mounts) {
    // Of two mounts on one place the later one is seen.
    Optional<String[]> mount =
        mounts.stream()
            .map(line -> line.split(" "))
            .filter(words -> words.length > 5 && real.startsWith(Path.of(unescaped(words[4]))))
            .reduce((one, other) -> depth(one) > depth(other) ? one : other);
    return mount.stream().anyMatch(words -> Arrays.asList(words[5].split(",")).contains("noexec"));
  }

  private static int depth(String[] words) {
    return Path.of(unescaped(words[4])).getNameCount();
  }

  /** Blanks in paths stand there as octal numbers. */
  private static String unescaped(String word) {
    return word.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
  }

  /** The folder itself, or the one above in which it will be made. */
  static Path existing(Path folder) {
    Path path = folder.toAbsolutePath();
    while (path.getParent() != null && !Files.exists(path)) {
      path = path.getParent();
    }
    return path;
  }
}
