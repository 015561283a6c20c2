/**
 * The DQN-Replay logs: gzipped NumPy arrays, one numbered file after another for each kind of
 * value, read and written as a stream of rows and cut into episodes; and import of episodes in
 * other formats. Making a data set of the episodes is up to {@code org.jowa.data.ingest}.
 */
@NullMarked
package org.jowa.data.replay;

import org.jspecify.annotations.NullMarked;
