/**
 * Planning in the imagined world: decoding with a key-value cache, frame speculation, beam search,
 * tree search, greedy play, and the agent that plays several environments at once. Training and its
 * forward pass live in {@code org.jowa.model.world}; nothing here knows the emulator.
 */
@NullMarked
package org.jowa.model.plan;

import org.jspecify.annotations.NullMarked;
