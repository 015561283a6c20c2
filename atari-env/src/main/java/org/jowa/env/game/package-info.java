/**
 * The 60 Atari games as data: ids, action sets, reference scores, and which are for pretraining.
 * Nothing here touches an emulator or a file, so every module may use it.
 */
@NullMarked
package org.jowa.env.game;

import org.jspecify.annotations.NullMarked;
