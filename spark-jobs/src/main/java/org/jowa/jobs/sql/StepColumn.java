package org.jowa.jobs.sql;

import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The columns of a step, by their names in Spark SQL. */
enum StepColumn {
  GAME(DataTypes.StringType),
  RUN(DataTypes.IntegerType),
  /** -1 for held-out episodes. */
  LANE(DataTypes.IntegerType),
  /** The shard's path in the data set. */
  SHARD(DataTypes.StringType),
  /** Row in the shard. */
  ROW(DataTypes.IntegerType),
  /** The episode's place among the run's ended ones. */
  EPISODE(DataTypes.IntegerType),
  /** The step's place in the episode. */
  STEP(DataTypes.IntegerType),
  /** How often sampling drew the episode. */
  COPIES(DataTypes.IntegerType),
  ACTION(DataTypes.IntegerType),
  REWARD(DataTypes.FloatType),
  TERMINAL(DataTypes.BooleanType),
  /** 84 x 84 gray bytes. */
  OBSERVATION(DataTypes.BinaryType),
  /** 36 ids. */
  TOKENS(DataTypes.createArrayType(DataTypes.IntegerType, false));

  private final DataType type;

  StepColumn(DataType type) {
    this.type = type;
  }

  String columnName() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  static StepColumn of(String column) {
    return valueOf(column.toUpperCase(java.util.Locale.ROOT));
  }

  static StructType schema(boolean tokens) {
    StructType schema = new StructType();
    for (StepColumn column : values()) {
      if (column != (tokens ? OBSERVATION : TOKENS)) {
        schema =
            schema.add(new StructField(column.columnName(), column.type, false, Metadata.empty()));
      }
    }
    return schema;
  }
}
