package org.jowa.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jowa.error.InvalidInputException;

/**
 * Says in one line why native libraries don't load: what the system said, and what can be seen of
 * the folders that they are unpacked to. It names no cause that it doesn't see.
 */
public final class NativeFailure {
  /** JavaCPP unpacks torch's operators in 150 MB and openblas in 50. */
  private static final long LITTLE_ROOM = 256L << 20;

  private NativeFailure() {}

  /**
   * The mistake to report.
   *
   * @param what doesn't load: "torch"
   * @param failure whose innermost cause is what the system or a library gave as the reason
   * @param remedy how another folder is chosen: "choose another with X=DIR"
   * @param folders that the libraries are unpacked to
   */
  public static InvalidInputException of(
      String what, Throwable failure, String remedy, Path... folders) {
    List<String> seen = new ArrayList<>();
    for (Path folder : folders) {
      state(folder).ifPresent(state -> seen.add(folder + " " + state));
    }
    String where =
        seen.isEmpty()
            ? "its libraries are unpacked to "
                + Stream.of(folders).map(Path::toString).collect(Collectors.joining(" and "))
            : String.join(", ", seen);
    return new InvalidInputException(
        "Cannot load %s: %s; %s: %s".formatted(what, reason(failure), where, remedy), failure);
  }

  /** What is wrong with a folder, as far as can be seen. */
  private static Optional<String> state(Path folder) {
    if (Mounts.forbidsPrograms(folder)) {
      return Optional.of("is mounted noexec");
    }
    Path existing = Mounts.existing(folder);
    if (!Files.isWritable(existing)) {
      return Optional.of("can't be written");
    }
    try {
      long room = Files.getFileStore(existing).getUsableSpace();
      return room < LITTLE_ROOM
          ? Optional.of(String.format(Locale.ROOT, "has %d MiB free", room >> 20))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.of("can't be examined (" + e.getMessage() + ")");
    }
  }

  /** The first line of the innermost cause, and its kind where the line may not speak of it. */
  public static String reason(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = Objects.requireNonNullElse(root.getMessage(), "");
    // The JVM puts the file's name before what the system says, which has it too.
    String line = message.lines().findFirst().orElse("").replaceFirst("^(.+: )\\1", "$1");
    boolean speaks = root instanceof UnsatisfiedLinkError || root.getClass() == IOException.class;
    return speaks && !line.isBlank() ? line : root.getClass().getSimpleName() + ": " + line;
  }
}
