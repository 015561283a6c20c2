package org.jowa.jobs.episodes;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.jowa.data.batch.FrameBatch;
import org.jowa.data.replay.EpisodeFile;
import org.jowa.data.replay.EpisodeFormat;
import org.jowa.data.replay.WrongEpisodesException;
import org.jowa.data.storage.Storage;
import org.jowa.error.Reason;
import org.jowa.jobs.spark.SparkJobs;

/**
 * Parquet files, a row a step: {@code observation} (binary, 84 x 84 bytes), {@code action}, {@code
 * reward}, {@code terminal} and, if there is, {@code truncated}; other columns are left alone.
 */
public final class ParquetFormat implements EpisodeFormat {
  private static final long serialVersionUID = 1L;
  private static final String SUFFIX = ".parquet";
  private static final String OBSERVATION = "observation";
  private static final String TRUNCATED = "truncated";

  @Override
  public String pattern() {
    return "NAME" + SUFFIX;
  }

  @Override
  public boolean reads(Storage folder, String name) {
    return name.endsWith(SUFFIX);
  }

  @Override
  public EpisodeFile open(Storage folder, String name) throws IOException {
    try {
      return new Rows(new Path(folder.uri() + "/" + name), SparkJobs.hadoop());
    } catch (WrongEpisodesException e) {
      throw e;
    } catch (RuntimeException e) {
      throw broken(e);
    }
  }

  /** Parquet throws whatever it stumbles over. */
  private static WrongEpisodesException broken(RuntimeException e) {
    return new WrongEpisodesException(
        "it is no Parquet file that can be read (%s)".formatted(Reason.of(e)));
  }

  private static final class Rows implements EpisodeFile {
    private final Steps steps;
    private final ParquetReader<Group> frames;
    private int row;

    Rows(Path file, Configuration hadoop) throws IOException {
      MessageType schema;
      try (ParquetFileReader reader =
          ParquetFileReader.open(HadoopInputFile.fromPath(file, hadoop))) {
        schema = reader.getFileMetaData().getSchema();
      }
      List<Type> numbers = new ArrayList<>();
      for (String column : List.of("action", "reward", "terminal")) {
        numbers.add(column(schema, column));
      }
      boolean tellsCuts = schema.containsField(TRUNCATED);
      if (tellsCuts) {
        numbers.add(column(schema, TRUNCATED));
      }
      this.steps = steps(open(file, hadoop, schema, numbers), tellsCuts);
      this.frames = open(file, hadoop, schema, List.of(column(schema, OBSERVATION)));
    }

    private static Type column(MessageType schema, String name) {
      if (!schema.containsField(name)) {
        throw new WrongEpisodesException(
            "it has no column %s, only %s"
                .formatted(
                    name, schema.getFields().stream().limit(10).map(Type::getName).toList()));
      }
      Type type = schema.getType(name);
      boolean frame = name.equals(OBSERVATION);
      boolean fits =
          type.isPrimitive()
              && !type.isRepetition(Type.Repetition.REPEATED)
              && isBinary(type.asPrimitiveType().getPrimitiveTypeName()) == frame;
      if (!fits) {
        throw new WrongEpisodesException(
            "its column %s is %s, expected %s"
                .formatted(
                    name,
                    type.toString().strip().replace('\n', ' '),
                    frame ? "binary" : "a number or boolean"));
      }
      return type;
    }

    private static boolean isBinary(PrimitiveTypeName type) {
      return type == PrimitiveTypeName.BINARY
          || type == PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY
          || type == PrimitiveTypeName.INT96;
    }

    private static ParquetReader<Group> open(
        Path file, Configuration hadoop, MessageType schema, List<Type> columns)
        throws IOException {
      Configuration projected = new Configuration(hadoop);
      projected.set(
          ReadSupport.PARQUET_READ_SCHEMA, new MessageType(schema.getName(), columns).toString());
      return ParquetReader.builder(new GroupReadSupport(), file).withConf(projected).build();
    }

    private static Steps steps(ParquetReader<Group> reader, boolean tellsCuts) throws IOException {
      List<double[]> rows = new ArrayList<>();
      try (reader) {
        for (Group group = reader.read(); group != null; group = reader.read()) {
          double[] values = new double[tellsCuts ? 4 : 3];
          for (int column = 0; column < values.length; column++) {
            values[column] = number(group, column, rows.size());
          }
          rows.add(values);
        }
      }
      return new Steps(
          column(rows, 0),
          column(rows, 1),
          column(rows, 2),
          tellsCuts ? Optional.of(column(rows, 3)) : Optional.empty());
    }

    private static double[] column(List<double[]> rows, int column) {
      return rows.stream().mapToDouble(row -> row[column]).toArray();
    }

    private static double number(Group group, int column, int row) {
      requireValue(group, column, row);
      return switch (group.getType().getType(column).asPrimitiveType().getPrimitiveTypeName()) {
        case BOOLEAN -> group.getBoolean(column, 0) ? 1 : 0;
        case INT32 -> group.getInteger(column, 0);
        case INT64 -> group.getLong(column, 0);
        case FLOAT -> group.getFloat(column, 0);
        default -> group.getDouble(column, 0);
      };
    }

    private static void requireValue(Group group, int column, int row) {
      if (group.getFieldRepetitionCount(column) == 0) {
        throw new WrongEpisodesException(
            String.format(
                Locale.ROOT, "row %d has no %s", row, group.getType().getFieldName(column)));
      }
    }

    @Override
    public Steps steps() {
      return steps;
    }

    @Override
    public void nextFrame(byte[] frame) throws IOException {
      byte[] bytes;
      try {
        Group group = frames.read();
        requireValue(group, 0, row);
        bytes = group.getBinary(0, 0).getBytes();
      } catch (WrongEpisodesException e) {
        throw e;
      } catch (RuntimeException e) {
        throw broken(e);
      }
      if (bytes.length != FrameBatch.FRAME_BYTES) {
        throw new WrongEpisodesException(
            String.format(
                Locale.ROOT,
                "row %d has an observation of %d bytes, expected %d: one gray frame of 84 x 84",
                row,
                bytes.length,
                FrameBatch.FRAME_BYTES));
      }
      System.arraycopy(bytes, 0, frame, 0, bytes.length);
      row++;
    }

    @Override
    public void close() throws IOException {
      frames.close();
    }
  }
}
