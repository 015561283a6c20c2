/**
 * Where native libraries are unpacked to. Loading them, torch or the emulator, happens elsewhere.
 */
@NullMarked
package org.jowa.natives;

import org.jspecify.annotations.NullMarked;
