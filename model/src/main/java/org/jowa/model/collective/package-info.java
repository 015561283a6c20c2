/**
 * Collectives by which the ranks of one training attempt sum gradients and counts, broadcast
 * weights and wait for each other: one interface with one conformance suite for every
 * implementation. What is summed, and when, is up to the training loop; starting the ranks is up to
 * the launcher.
 */
@NullMarked
package org.jowa.model.collective;

import org.jspecify.annotations.NullMarked;
