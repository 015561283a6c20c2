/**
 * The Atari environment as JOWA sees it: 84x84 gray frames, four emulator frames a step, two
 * protocols, whole-state clones. Players live in {@code policy}, the recorder in {@code record}.
 */
@NullMarked
package org.jowa.env;

import org.jspecify.annotations.NullMarked;
