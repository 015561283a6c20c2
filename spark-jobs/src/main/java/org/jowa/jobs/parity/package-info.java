/**
 * The {@code parity} command: runs every comparison with the golden vectors that the modules offer,
 * those of emulator, games and data itself, and prints one table.
 */
package org.jowa.jobs.parity;
