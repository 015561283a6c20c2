package org.jowa.env;

import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jowa.env.game.Games;
import org.jowa.env.rom.Rom;
import org.jowa.env.rom.RomLocator;
import org.jowa.error.InvalidInputException;

/** ROMs for tests: those at hand; a test never fetches any, and is skipped where there are none. */
public final class TestRoms {
  private TestRoms() {}

  public static Rom locate(String game) {
    if (System.getenv("ATARI_ROMS") == null && !Files.isDirectory(cache())) {
      return abort("no ROMs: set ATARI_ROMS, or run 'bin/jowa doctor'");
    }
    try {
      return RomLocator.of(Optional.empty()).locate(Games.byName(game));
    } catch (InvalidInputException e) {
      return abort("no ROM of " + game + ": " + e.getMessage());
    }
  }

  private static Path cache() {
    String given = System.getenv("JOWA_CACHE");
    Path cache =
        given == null || given.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache", "jowa")
            : Path.of(given);
    return cache.resolve("roms").resolve("ale-py-0.12.1");
  }
}
