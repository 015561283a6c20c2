package org.jowa.data.dataset;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jowa.data.storage.Storage;

/**
 * Writes a shard of frames: an Arrow IPC file, ZSTD level 3, {@value #BATCH_ROWS} rows a record
 * batch. The file gets its name in {@link #finish}; equal rows give equal bytes.
 */
public final class FrameShardWriter implements AutoCloseable {
  public static final int BATCH_ROWS = 128;

  private final String path;
  private final int lane;
  private final String game;
  private final int run;
  private final ZstdCodec codec;
  private final boolean ownsCodec;
  private final ShardFile file;
  private final FixedSizeBinaryVector observation;
  private final StepColumns columns;
  private int rows;
  private int batchRows;
  private int episodes;

  public FrameShardWriter(Storage storage, String path, int lane, String game, int run) {
    this(storage, path, lane, game, run, new ZstdCodec(), true);
  }

  /**
   * @param shared by writers of one thread; outlives them
   */
  public FrameShardWriter(
      Storage storage, String path, int lane, String game, int run, ZstdCodec shared) {
    this(storage, path, lane, game, run, shared, false);
  }

  private FrameShardWriter(
      Storage storage,
      String path,
      int lane,
      String game,
      int run,
      ZstdCodec codec,
      boolean ownsCodec) {
    this.codec = codec;
    this.ownsCodec = ownsCodec;
    this.path = path;
    this.lane = lane;
    this.game = game;
    this.run = run;
    Schema schema =
        StepColumns.frameSchema(
            // Sorted: the order of Map.of changes from process to process, and the bytes with it.
            new TreeMap<>(
                Map.of(
                    "game", game, "run", Integer.toString(run), "lane", Integer.toString(lane))));
    this.file = new ShardFile(storage, path, schema, BATCH_ROWS, Optional.of(codec));
    VectorSchemaRoot root = file.root();
    this.observation = (FixedSizeBinaryVector) root.getVector(StepColumns.OBSERVATION);
    this.columns = new StepColumns(root);
  }

  /** Writes a shard again, under the path and with the notes of one that was read elsewhere. */
  public static FrameShardWriter again(Storage storage, Shard like) {
    return new FrameShardWriter(storage, like.path(), like.lane(), like.game(), like.run());
  }

  public int rows() {
    return rows;
  }

  /**
   * @param action id in the full set of 18
   */
  public void append(
      byte[] frames, int offset, int action, float reward, boolean terminal, int episode) {
    observation
        .getDataBuffer()
        .setBytes(
            (long) batchRows * StepColumns.FRAME_BYTES, frames, offset, StepColumns.FRAME_BYTES);
    columns.set(batchRows, action, reward, terminal, episode);
    rows++;
    batchRows++;
    episodes += terminal ? 1 : 0;
    if (batchRows == BATCH_ROWS) {
      writeBatch();
    }
  }

  /** Completes the file and gives it its name. */
  public Shard finish() {
    if (batchRows > 0) {
      writeBatch();
    }
    ShardFile.Written written = file.finish();
    return new Shard(path, lane, game, run, rows, episodes, written.bytes(), written.sha256());
  }

  private void writeBatch() {
    file.writeBatch(batchRows);
    batchRows = 0;
  }

  @Override
  public void close() {
    try {
      file.close();
    } finally {
      if (ownsCodec) {
        codec.close();
      }
    }
  }
}
