/**
 * The DQN-Replay logs: gzipped NumPy arrays, one file for each kind of value and checkpoint, read
 * and written as a stream of rows and cut into episodes. What becomes of the episodes is the
 * business of {@code org.jowa.data.dataset}.
 */
@NullMarked
package org.jowa.data.replay;

import org.jspecify.annotations.NullMarked;
