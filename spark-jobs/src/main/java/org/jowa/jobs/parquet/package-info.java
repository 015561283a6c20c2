/** Data sets as Parquet files and back: one file a frame shard, the small files beside them. */
package org.jowa.jobs.parquet;
