/**
 * The {@code ingest} job: turns logs into a data set, one task for each log. What a data set is
 * made of is the data module's matter.
 */
@NullMarked
package org.jowa.jobs.ingest;

import org.jspecify.annotations.NullMarked;
