/**
 * The 60 Atari games as data: ids, action sets, reference scores, which of them pretrain and which
 * fine-tune. No emulator and no file is touched here, so every module may use it.
 */
@NullMarked
package org.jowa.env.game;

import org.jspecify.annotations.NullMarked;
