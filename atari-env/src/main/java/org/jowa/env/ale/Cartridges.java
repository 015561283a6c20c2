package org.jowa.env.ale;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.ale.ALEInterface;
import org.bytedeco.ale.StringOptional;
import org.bytedeco.javacpp.BytePointer;

/** Tells ROM files apart. */
public final class Cartridges {
  // The largest cartridge of the console held 64 KiB; anything far beyond isn't worth hashing.
  private static final long LARGEST_BYTES = 1 << 20;

  private Cartridges() {}

  /**
   * Which game a file is a ROM of, by its MD5.
   *
   * @return the emulator's name of the game ({@code space_invaders}), which it spells without
   *     underscores now and then; empty if the file isn't a ROM that the emulator can play: not
   *     there, a folder, truncated, unknown
   */
  public static Optional<String> identify(Path file) {
    if (!isSmallRegularFile(file)) {
      return Optional.empty();
    }
    AleNatives.init();
    try (StringOptional name = ALEInterface.isSupportedROM(file.toString());
        BytePointer text = name.get()) {
      return Optional.of(text.getString());
    } catch (RuntimeException unknown) {
      return Optional.empty();
    }
  }

  private static boolean isSmallRegularFile(Path file) {
    try {
      return Files.isRegularFile(file)
          && Files.isReadable(file)
          && Files.size(file) <= LARGEST_BYTES;
    } catch (IOException e) {
      return false;
    }
  }
}
