/**
 * The {@code parity} command: runs every comparison with the golden vectors that the modules offer,
 * those of emulator, games and data itself, and prints one table.
 */
@NullMarked
package org.jowa.jobs.parity;

import org.jspecify.annotations.NullMarked;
