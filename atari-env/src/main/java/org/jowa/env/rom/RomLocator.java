package org.jowa.env.rom;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.jowa.env.ale.Cartridges;
import org.jowa.env.game.Game;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;

/**
 * Finds ROM files. The first of these that is given serves all games:
 *
 * <ol>
 *   <li>the folder of {@code --roms}
 *   <li>the folder that the environment variable {@code ATARI_ROMS} names
 *   <li>{@code roms/} in our cache ({@code JOWA_CACHE}, or {@code ~/.cache/jowa}), filled by pip
 *       from the ale-py package when it is needed for the first time
 * </ol>
 *
 * <p>A ROM's file is named after its game in lower case with underscores: {@code
 * space_invaders.bin}.
 */
public final class RomLocator {
  private static final String OWN_ROMS = "give a folder of ROMs with --roms or ATARI_ROMS";

  private final Optional<Path> folder;
  private final RomCache cache;

  private RomLocator(Optional<Path> folder, RomCache cache) {
    this.folder = folder;
    this.cache = cache;
  }

  /**
   * @param romsFolder what the user gave as {@code --roms}
   * @throws UsageException if that, or {@code ATARI_ROMS}, isn't a folder
   */
  public static RomLocator of(Optional<Path> romsFolder) {
    return of(romsFolder, System.getenv(), PipDownload.ofAlePy());
  }

  static RomLocator of(Optional<Path> option, Map<String, String> environment, PipDownload pip) {
    Optional<String> variable =
        Optional.ofNullable(environment.get("ATARI_ROMS")).filter(value -> !value.isBlank());
    option.ifPresent(path -> requireFolder("--roms", path));
    if (option.isEmpty()) {
      variable.ifPresent(value -> requireFolder("ATARI_ROMS", Path.of(value)));
    }
    return new RomLocator(option.or(() -> variable.map(Path::of)), RomCache.of(environment, pip));
  }

  /**
   * The checked ROM of a game. May take a while the first time, when ROMs are fetched.
   *
   * @throws InvalidInputException if there is none, it is another game's or can't be played, or
   *     fetching failed
   */
  public Rom locate(Game game) {
    Path file = folder.orElseGet(cache::folder).resolve(game.romName() + ".bin");
    if (!Files.exists(file)) {
      throw new InvalidInputException(
          "No ROM of %s: %s does not exist; put it there, or %s".formatted(game, file, mend()));
    }
    if (!Files.isRegularFile(file)) {
      throw new InvalidInputException(
          "The ROM of %s, %s, is not a regular file; replace it, or %s"
              .formatted(game, file, mend()));
    }
    String found =
        Cartridges.identify(file)
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "%s is not a ROM that the emulator can play (damaged, or another release);"
                                .formatted(file)
                            + " replace it, or "
                            + mend()));
    if (!found.equals(game.romName())) {
      throw new InvalidInputException(
          "%s should be the ROM of %s, but is that of '%s'; replace it, or %s"
              .formatted(file, game, found, mend()));
    }
    return new Rom(game, file, md5(file));
  }

  /** How to mend a bad ROM beside replacing it. */
  private String mend() {
    return folder.isPresent()
        ? "leave out --roms and ATARI_ROMS to have ROMs fetched"
        : "delete " + cache.path() + " to have ROMs fetched anew, or " + OWN_ROMS;
  }

  private static void requireFolder(String source, Path path) {
    if (!Files.isDirectory(path)) {
      throw new UsageException(
          "%s is '%s', which is not a folder; name the folder that holds pong.bin and so on"
              .formatted(source, path));
    }
  }

  private static String md5(Path file) {
    try {
      byte[] digest = MessageDigest.getInstance("MD5").digest(Files.readAllBytes(file));
      return HexFormat.of().formatHex(digest);
    } catch (IOException e) {
      throw new InvalidInputException("Cannot read ROM %s: %s".formatted(file, e.getMessage()), e);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has MD5", e);
    }
  }
}
