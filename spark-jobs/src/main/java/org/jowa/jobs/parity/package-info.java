/**
 * The {@code parity} command: runs the modules' comparisons with the golden vectors, and its own of
 * emulator, games and data, and prints one table.
 */
@NullMarked
package org.jowa.jobs.parity;

import org.jspecify.annotations.NullMarked;
