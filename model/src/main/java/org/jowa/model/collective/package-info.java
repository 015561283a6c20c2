/**
 * How the ranks of one training attempt add up gradients and counts, hand out weights and wait for
 * each other: one interface with one conformance suite for every implementation. What is added up,
 * and when, is the training loop's business; who starts the ranks is the launcher's.
 */
package org.jowa.model.collective;
