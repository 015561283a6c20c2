package org.jowa.jobs.sql;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.read.SupportsPushDownRequiredColumns;
import org.apache.spark.sql.types.StructType;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.tokens.TokenSet;
import org.jowa.jobs.spark.SparkJobs;
import org.jspecify.annotations.Nullable;

/** Reads a data set shard by shard, only the columns that are asked for. */
final class DatasetScan implements ScanBuilder, SupportsPushDownRequiredColumns, Scan, Batch {
  private final String path;
  private final @Nullable String tokenizer;
  private StructType columns;

  /**
   * @param tokenizer hash of the token set, null for frames
   */
  DatasetScan(String path, @Nullable String tokenizer, StructType columns) {
    this.path = path;
    this.tokenizer = tokenizer;
    this.columns = columns;
  }

  @Override
  public void pruneColumns(StructType required) {
    columns = required;
  }

  @Override
  public Scan build() {
    return this;
  }

  @Override
  public StructType readSchema() {
    return columns;
  }

  @Override
  public Batch toBatch() {
    return this;
  }

  @Override
  public InputPartition[] planInputPartitions() {
    Dataset dataset = Dataset.open(path, SparkJobs.hadoop());
    if (tokenizer != null) {
      // Here once, rather than in every task.
      TokenSet.open(dataset, tokenizer);
    }
    int shards = dataset.manifest().shards().size();
    return IntStream.range(0, shards).mapToObj(ShardPartition::new).toArray(InputPartition[]::new);
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return new Readers(
        path,
        tokenizer,
        Arrays.stream(columns.fieldNames()).map(StepColumn::of).toArray(StepColumn[]::new));
  }

  private record ShardPartition(int shard) implements InputPartition {}

  @SuppressWarnings("ArrayRecordComponent")
  private record Readers(String path, @Nullable String tokenizer, StepColumn[] columns)
      implements PartitionReaderFactory {
    @Override
    public PartitionReader<InternalRow> createReader(InputPartition partition) {
      return ShardRows.open(path, tokenizer, ((ShardPartition) partition).shard(), columns);
    }
  }
}
