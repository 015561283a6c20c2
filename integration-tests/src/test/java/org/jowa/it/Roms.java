package org.jowa.it;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jowa.env.game.Games;
import org.jowa.env.rom.RomLocator;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.Assumptions;

/** ROMs, which a machine may not have. */
public final class Roms {
  private Roms() {}

  /** The folder of a game's ROM; skips the test where it isn't found. */
  public static Path folderOf(String game) {
    assume(game);
    return RomLocator.of(Optional.empty()).locate(Games.byName(game)).path().getParent();
  }

  /** Skips the test where one isn't found. */
  static void assume(String... games) {
    Assumptions.assumeTrue(areThere(games), () -> "no ROMs of " + List.of(games));
  }

  static boolean areThere(String... games) {
    RomLocator roms = RomLocator.of(Optional.empty());
    try {
      Stream.of(games).map(Games::byName).forEach(roms::locate);
      return true;
    } catch (InvalidInputException e) {
      return false;
    }
  }
}
