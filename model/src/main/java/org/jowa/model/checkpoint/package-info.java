/**
 * Checkpoint folders on any Hadoop file system: written so that a kill at any moment loses only the
 * one in progress, verified when read, pruned to a number. What is in the tensors, and when one is
 * due, is up to the training loop.
 */
@NullMarked
package org.jowa.model.checkpoint;

import org.jspecify.annotations.NullMarked;
