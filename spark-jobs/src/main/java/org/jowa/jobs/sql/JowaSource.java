package org.jowa.jobs.sql;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.jowa.error.UsageException;

/**
 * The source {@code jowa}: a row a step, a partition a shard. Options: {@code path} of the data set
 * ({@code load(path)} sets it); {@code tokens}, the hash of a token set, gives {@code tokens} in
 * place of {@code observation}.
 */
public final class JowaSource implements TableProvider, DataSourceRegister {
  static final String PATH = "path";
  static final String TOKENS = "tokens";

  @Override
  public String shortName() {
    return "jowa";
  }

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    return StepColumn.schema(options.containsKey(TOKENS));
  }

  @Override
  public Table getTable(
      StructType schema, Transform[] partitioning, Map<String, String> properties) {
    return new DatasetTable(schema);
  }

  private record DatasetTable(StructType steps) implements Table, SupportsRead {
    @Override
    public String name() {
      return "jowa data set";
    }

    @Override
    @SuppressWarnings("deprecation")
    public StructType schema() {
      return steps;
    }

    @Override
    public Set<TableCapability> capabilities() {
      return Set.of(TableCapability.BATCH_READ);
    }

    @Override
    public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
      String path =
          Optional.ofNullable(options.get(PATH))
              .orElseThrow(
                  () ->
                      new UsageException("Format jowa needs the data set's folder: load(DATASET)"));
      return new DatasetScan(path, options.get(TOKENS), steps);
    }
  }
}
