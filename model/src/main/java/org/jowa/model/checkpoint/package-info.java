/**
 * Checkpoint folders on any Hadoop file system: written so that a kill at any moment loses only the
 * one under way, verified when read, kept up to a number. What is in the tensors, and when one is
 * due, is the training loop's business.
 */
@NullMarked
package org.jowa.model.checkpoint;

import org.jspecify.annotations.NullMarked;
