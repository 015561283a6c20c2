/**
 * Play that others recorded into logs that an ingest reads. Reading its files is done elsewhere.
 */
@NullMarked
package org.jowa.jobs.episodes;

import org.jspecify.annotations.NullMarked;
