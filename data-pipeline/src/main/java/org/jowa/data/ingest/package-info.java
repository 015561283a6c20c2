/**
 * Makes a data set from replay logs: what is taken, where it goes, and the tasks that write it. How
 * shards and manifest look is the data set's matter.
 */
@NullMarked
package org.jowa.data.ingest;

import org.jspecify.annotations.NullMarked;
