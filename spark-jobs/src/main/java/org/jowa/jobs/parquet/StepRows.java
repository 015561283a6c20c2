package org.jowa.jobs.parquet;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.jowa.data.batch.FrameBatch;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.FrameShardWriter;
import org.jowa.data.dataset.Shard;
import org.jowa.error.InvalidInputException;
import org.jowa.error.Reason;
import org.jowa.error.ReportedException;

/** One frame shard as a Parquet file: a row a step, in the shard's order. */
final class StepRows {
  private static final MessageType SCHEMA =
      MessageTypeParser.parseMessageType(
          """
          message steps {
            required binary observation;
            required int32 action;
            required float reward;
            required boolean terminal;
            required int32 episode;
          }
          """);

  private static final long ROW_GROUP_BYTES = 16L << 20;

  private StepRows() {}

  static void write(FrameShardReader shard, URI file, Configuration hadoop) throws IOException {
    SimpleGroupFactory rows = new SimpleGroupFactory(SCHEMA);
    byte[] frame = new byte[FrameBatch.FRAME_BYTES];
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(PlainOutputFile.at(new Path(file), hadoop))
            .withConf(hadoop)
            .withType(SCHEMA)
            .withDictionaryEncoding("observation", false)
            .withRowGroupSize(ROW_GROUP_BYTES)
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .build()) {
      for (int row = 0; row < shard.rows(); row++) {
        shard.frame(row, ByteBuffer.wrap(frame), 0);
        writer.write(
            rows.newGroup()
                .append("observation", Binary.fromConstantByteArray(frame.clone()))
                .append("action", shard.action(row))
                .append("reward", shard.reward(row))
                .append("terminal", shard.terminal(row))
                .append("episode", shard.episode(row)));
      }
    }
  }

  /**
   * @throws InvalidInputException when the file isn't an exported shard
   */
  static void read(URI file, Shard shard, FrameShardWriter into, Configuration hadoop) {
    int rows = 0;
    try (ParquetReader<Group> reader =
        ParquetReader.builder(new GroupReadSupport(), new Path(file)).withConf(hadoop).build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) {
        byte[] frame = row.getBinary("observation", 0).getBytes();
        if (frame.length != FrameBatch.FRAME_BYTES) {
          throw new InvalidInputException(
              String.format(
                  Locale.ROOT,
                  "Row %d of %s has a frame of %d bytes, expected %d: export again.",
                  rows,
                  file,
                  frame.length,
                  FrameBatch.FRAME_BYTES));
        }
        into.append(
            frame,
            0,
            row.getInteger("action", 0),
            row.getFloat("reward", 0),
            row.getBoolean("terminal", 0),
            row.getInteger("episode", 0));
        rows++;
      }
    } catch (ReportedException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new InvalidInputException(
          "Can't read %s, the Parquet file of shard %s: %s."
              .formatted(file, shard.path(), Reason.of(e)),
          e);
    }
    if (rows != shard.rows()) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "%s has %d rows, shard %s had %d: export again.",
              file,
              rows,
              shard.path(),
              shard.rows()));
    }
  }
}
