/**
 * Planning in the imagined world: decoding with key-value slabs, frame speculation, beam search,
 * greedy play, and the agent that plays several environments at once. Training and its forward pass
 * live in {@code org.jowa.model.world}; the emulator is not known here.
 */
package org.jowa.model.plan;
