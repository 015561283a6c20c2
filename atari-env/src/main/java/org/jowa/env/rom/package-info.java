/**
 * Finds a game's ROM file, fetches it where the user gave none, and checks that it is what it
 * should be. No ROM is part of this project; each stays under its owner's licence.
 */
@NullMarked
package org.jowa.env.rom;

import org.jspecify.annotations.NullMarked;
