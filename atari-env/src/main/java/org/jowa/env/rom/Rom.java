package org.jowa.env.rom;

import java.nio.file.Path;
import org.jowa.env.game.Game;

/**
 * A ROM file that was checked to be the game's.
 *
 * @param md5 of the file, 32 lower-case hexadecimal digits; reports name the ROM by it
 */
public record Rom(Game game, Path path, String md5) {}
