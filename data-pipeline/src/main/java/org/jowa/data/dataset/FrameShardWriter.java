package org.jowa.data.dataset;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.CompressionUtil;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;

/**
 * Writes a shard of frames: an Arrow IPC file, ZSTD level 3, {@value #BATCH_ROWS} rows a record
 * batch. The file gets its name in {@link #finish}; equal rows give equal bytes.
 */
public final class FrameShardWriter implements AutoCloseable {
  static final int BATCH_ROWS = 128;

  private final Storage storage;
  private final String path;
  private final String temporary;
  private final int lane;
  private final String game;
  private final int run;
  private final ZstdCodec codec;
  private final boolean ownsCodec;
  private final BufferAllocator allocator;
  private final VectorSchemaRoot root;
  private final FixedSizeBinaryVector observation;
  private final StepColumns columns;
  private final HashingChannel channel;
  private final ArrowFileWriter writer;
  private int rows;
  private int batchRows;
  private int episodes;
  private boolean finished;

  FrameShardWriter(Storage storage, String path, int lane, String game, int run) {
    this(storage, path, lane, game, run, new ZstdCodec(), true);
  }

  /**
   * @param shared by writers of one thread; outlives them
   */
  FrameShardWriter(Storage storage, String path, int lane, String game, int run, ZstdCodec shared) {
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
    this.storage = storage;
    this.path = path;
    this.temporary = WholeFiles.temporaryName(path);
    this.lane = lane;
    this.game = game;
    this.run = run;
    // First: it fails where the disk is full, and nothing may be left open then.
    this.channel = new HashingChannel(storage.create(temporary));
    this.allocator = Arrow.allocator("frame shard writer " + path);
    Schema schema =
        StepColumns.frameSchema(
            // Sorted: the order of Map.of changes from process to process, and the bytes with it.
            new TreeMap<>(
                Map.of(
                    "game", game, "run", Integer.toString(run), "lane", Integer.toString(lane))));
    this.root = VectorSchemaRoot.create(schema, allocator);
    StepColumns.allocate(root, BATCH_ROWS);
    this.observation = (FixedSizeBinaryVector) root.getVector(StepColumns.OBSERVATION);
    this.columns = new StepColumns(root);
    this.writer =
        new ArrowFileWriter(
            root,
            null,
            channel,
            Map.of(),
            IpcOption.DEFAULT,
            codec,
            CompressionUtil.CodecType.ZSTD,
            Optional.of(ZstdCodec.LEVEL));
    try {
      writer.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a shard again, under the path and with the notes of one that was read elsewhere. */
  public static FrameShardWriter again(Storage storage, Shard like) {
    return new FrameShardWriter(storage, like.path(), like.lane(), like.game(), like.run());
  }

  int rows() {
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
    try {
      if (batchRows > 0) {
        writeBatch();
      }
      writer.end();
      writer.close();
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String sha256 = channel.sha256();
    WholeFiles.publish(storage, temporary, path, channel.bytes(), sha256);
    finished = true;
    return new Shard(path, lane, game, run, rows, episodes, channel.bytes(), sha256);
  }

  private void writeBatch() {
    try {
      root.setRowCount(batchRows);
      writer.writeBatch();
      batchRows = 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException | RuntimeException e) {
      // What is complete was closed before; what is not is deleted.
    } finally {
      root.close();
      allocator.close();
      if (ownsCodec) {
        codec.close();
      }
      if (!finished) {
        storage.delete(temporary);
      }
    }
  }
}
