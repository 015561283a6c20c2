/**
 * The {@code ingest} job: turns logs into a data set, one task for each of their numbered files.
 * What a data set consists of is up to the data module.
 */
@NullMarked
package org.jowa.jobs.ingest;

import org.jspecify.annotations.NullMarked;
