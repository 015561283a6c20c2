/** Data sets as Parquet files and back: one file per frame shard, the small files beside them. */
@NullMarked
package org.jowa.jobs.parquet;

import org.jspecify.annotations.NullMarked;
