/**
 * Makes a data set from replay logs: what is taken, where it goes, and the tasks that write it. The
 * layout of shards and manifest belongs to {@code org.jowa.data.dataset}.
 */
@NullMarked
package org.jowa.data.ingest;

import org.jspecify.annotations.NullMarked;
