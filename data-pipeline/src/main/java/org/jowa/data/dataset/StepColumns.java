package org.jowa.data.dataset;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jowa.env.game.Observation;
import org.jspecify.annotations.Nullable;

/** The columns that frame shards and token shards share, and the schemas of both. */
public final class StepColumns {
  public static final String OBSERVATION = "observation";
  public static final String TOKENS = "tokens";
  public static final int FRAME_BYTES = Observation.BYTES;

  /** Tokens of a frame, 6 x 6. */
  public static final int TOKENS_PER_FRAME = 36;

  public final UInt1Vector action;
  public final Float4Vector reward;
  public final UInt1Vector terminal;
  public final IntVector episode;

  public StepColumns(VectorSchemaRoot root) {
    action = (UInt1Vector) root.getVector("action");
    reward = (Float4Vector) root.getVector("reward");
    terminal = (UInt1Vector) root.getVector("terminal");
    episode = (IntVector) root.getVector("episode");
  }

  public static Schema frameSchema(@Nullable Map<String, String> metadata) {
    return schema(
        Field.notNullable(OBSERVATION, new ArrowType.FixedSizeBinary(FRAME_BYTES)), metadata);
  }

  public static Schema tokenSchema(@Nullable Map<String, String> metadata) {
    Field token = Field.notNullable("token", new ArrowType.Int(16, false));
    FieldType list = FieldType.notNullable(new ArrowType.FixedSizeList(TOKENS_PER_FRAME));
    return schema(new Field(TOKENS, list, List.of(token)), metadata);
  }

  private static Schema schema(Field first, @Nullable Map<String, String> metadata) {
    List<Field> fields = new ArrayList<>();
    fields.add(first);
    fields.add(Field.notNullable("action", new ArrowType.Int(8, false)));
    fields.add(
        Field.notNullable("reward", new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE)));
    fields.add(Field.notNullable("terminal", new ArrowType.Int(8, false)));
    fields.add(Field.notNullable("episode", new ArrowType.Int(32, true)));
    return new Schema(fields, metadata);
  }

  /** Room for so many rows, all of them marked as present. */
  public static void allocate(VectorSchemaRoot root, int rows) {
    for (FieldVector vector : root.getFieldVectors()) {
      allocate(vector, rows);
    }
  }

  private static void allocate(FieldVector vector, int rows) {
    vector.setInitialCapacity(rows);
    vector.allocateNew();
    var validity = vector.getValidityBuffer();
    validity.setOne(0, validity.capacity());
  }

  public void set(int row, int actionId, float rewardValue, boolean isTerminal, int episodeNumber) {
    action.setWithPossibleTruncate(row, actionId);
    reward.set(row, rewardValue);
    terminal.setWithPossibleTruncate(row, isTerminal ? 1 : 0);
    episode.set(row, episodeNumber);
  }
}
