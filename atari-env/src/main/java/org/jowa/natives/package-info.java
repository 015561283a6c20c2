/**
 * Where native libraries are unpacked to. What loads them, torch or the emulator, stands elsewhere.
 */
@NullMarked
package org.jowa.natives;

import org.jspecify.annotations.NullMarked;
