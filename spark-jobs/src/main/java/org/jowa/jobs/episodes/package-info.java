/**
 * The {@code import-episodes} job: turns play recorded elsewhere into logs that ingest reads. All
 * formats but Parquet are read by the data module.
 */
@NullMarked
package org.jowa.jobs.episodes;

import org.jspecify.annotations.NullMarked;
