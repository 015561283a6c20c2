package org.jowa.data.dataset;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.SeekableReadChannel;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.ByteArrayReadableSeekableByteChannel;
import org.jowa.error.InvalidInputException;
import org.jowa.error.Reason;
import org.jowa.error.ReportedException;

/**
 * The episodes of a data set, lane by lane, held-out ones last; within a lane in the order of its
 * shards and rows. On disk an uncompressed Arrow file, {@value #FILE_NAME}, with a row an episode.
 */
public final class EpisodeTable {
  public static final String FILE_NAME = "episodes.arrow";

  private static final List<String> INTEGERS =
      List.of("game", "run", "episode", "lane", "shard", "first_row", "length", "copies");
  private static final Schema SCHEMA = schema();

  private static final long LEAST_ROOM = 1L << 20;

  private final List<StoredEpisode> episodes;

  public EpisodeTable(List<StoredEpisode> episodes) {
    this.episodes = List.copyOf(episodes);
  }

  /** All episodes, in the order of the table. */
  public List<StoredEpisode> all() {
    return episodes;
  }

  /** The episodes of a lane in the order of its rows. */
  public List<StoredEpisode> lane(int lane) {
    return episodes.stream().filter(episode -> episode.lane() == lane).toList();
  }

  /** Episodes that training never sees. */
  public List<StoredEpisode> heldOut() {
    return lane(Shard.HELD_OUT_LANE);
  }

  public byte[] bytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (BufferAllocator allocator = Arrow.allocator("episode table writer");
        VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, allocator);
        ArrowFileWriter writer = new ArrowFileWriter(root, null, Channels.newChannel(bytes))) {
      for (FieldVector vector : root.getFieldVectors()) {
        vector.setInitialCapacity(Math.max(1, episodes.size()));
        vector.allocateNew();
      }
      for (int i = 0; i < episodes.size(); i++) {
        StoredEpisode e = episodes.get(i);
        int[] values = {
          e.game(), e.run(), e.episode(), e.lane(), e.shard(), e.firstRow(), e.length(), e.copies()
        };
        for (int c = 0; c < values.length; c++) {
          ((IntVector) root.getVector(c)).set(i, values[c]);
        }
        ((Float8Vector) root.getVector("reward_sum")).set(i, e.rewardSum());
        if (e.rawReturn() != null) {
          ((Float8Vector) root.getVector("raw_return")).set(i, e.rawReturn());
        }
      }
      root.setRowCount(episodes.size());
      writer.start();
      writer.writeBatch();
      writer.end();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * @param where the file, for the message
   * @throws InvalidInputException when the bytes aren't such a table
   */
  public static EpisodeTable read(byte[] bytes, String where) {
    try (BufferAllocator allocator =
            Arrow.allocator("episode table reader", LEAST_ROOM + 4L * bytes.length);
        ArrowFileReader reader =
            new ArrowFileReader(
                new SeekableReadChannel(new ByteArrayReadableSeekableByteChannel(bytes)),
                allocator)) {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      if (!root.getSchema().equals(SCHEMA)) {
        throw new InvalidInputException(
            "Can't read %s: its columns are %s. Ingest again."
                .formatted(where, root.getSchema().toString().replaceAll("\\s+", " ")));
      }
      List<StoredEpisode> episodes = new ArrayList<>();
      while (reader.loadNextBatch()) {
        for (int i = 0; i < root.getRowCount(); i++) {
          episodes.add(row(root, i));
        }
      }
      return new EpisodeTable(episodes);
    } catch (ReportedException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new InvalidInputException(
          "Can't read " + where + ": " + Reason.of(e) + ". Ingest again.", e);
    }
  }

  private static StoredEpisode row(VectorSchemaRoot root, int i) {
    int[] values = new int[INTEGERS.size()];
    for (int c = 0; c < values.length; c++) {
      values[c] = ((IntVector) root.getVector(c)).get(i);
    }
    return new StoredEpisode(
        values[0],
        values[1],
        values[2],
        values[3],
        values[4],
        values[5],
        values[6],
        values[7],
        ((Float8Vector) root.getVector("reward_sum")).get(i),
        ((Float8Vector) root.getVector("raw_return")).getObject(i));
  }

  private static Schema schema() {
    ArrowType real = new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
    List<Field> fields = new ArrayList<>();
    for (String name : INTEGERS) {
      fields.add(Field.notNullable(name, new ArrowType.Int(32, true)));
    }
    fields.add(Field.notNullable("reward_sum", real));
    fields.add(new Field("raw_return", FieldType.nullable(real), List.of()));
    return new Schema(fields);
  }
}
