package org.jowa.data.dataset;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import java.util.Locale;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.jowa.data.storage.FileCheck;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.jowa.error.Reason;
import org.jowa.error.ReportedException;
import org.jspecify.annotations.Nullable;

/**
 * Random access to the rows of a frame shard. One record batch is decoded at a time; rows that
 * follow each other cost one decoding a batch.
 */
public final class FrameShardReader implements AutoCloseable {
  /** A record batch of frames, inflated and as it is stored, takes less than 2 MiB. */
  private static final long MOST_BYTES = 1L << 24;

  private final Storage storage;
  private final Shard shard;
  private final BufferAllocator allocator;
  private final ZstdCodec codec;
  private final ArrowFileReader reader;
  private final List<ArrowBlock> blocks;
  private final VectorSchemaRoot root;
  private final FixedSizeBinaryVector observation;
  private final StepColumns columns;
  private int loaded = -1;
  private boolean failed;

  private FrameShardReader(Storage storage, Shard shard) throws IOException {
    this.storage = storage;
    this.shard = shard;
    SeekableByteChannel channel = storage.openChannel(shard.path());
    this.allocator = Arrow.allocator("frame shard reader " + shard.path(), MOST_BYTES);
    this.codec = new ZstdCodec();
    this.reader = new ArrowFileReader(channel, allocator, codec);
    try {
      this.blocks = reader.getRecordBlocks();
      this.root = reader.getVectorSchemaRoot();
      if (!root.getSchema().getFields().equals(StepColumns.frameSchema(null).getFields())) {
        throw damaged(storage, shard, "its columns are " + root.getSchema().getFields(), null);
      }
      if (blocks.size() != batches(shard.rows())) {
        throw damaged(
            storage,
            shard,
            String.format(
                Locale.ROOT,
                "%d record batches, expected %d",
                blocks.size(),
                batches(shard.rows())),
            null);
      }
      this.observation = (FixedSizeBinaryVector) root.getVector(StepColumns.OBSERVATION);
      this.columns = new StepColumns(root);
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * @param storage the data set's folder
   * @throws InvalidInputException when the file is missing or unreadable; names it
   */
  public static FrameShardReader open(Storage storage, Shard shard) {
    try {
      return new FrameShardReader(storage, shard);
    } catch (ReportedException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw damaged(storage, shard, "unreadable (" + Reason.of(e) + ")", e);
    }
  }

  /**
   * @throws InvalidInputException when size or SHA-256 aren't those of the manifest
   */
  public static void requireUnaltered(Storage storage, Shard shard) {
    FileCheck.requireUnaltered(storage, shard.path(), shard.bytes(), shard.sha256());
  }

  public static InvalidInputException damaged(
      Storage storage, Shard shard, String what, @Nullable Throwable cause) {
    return FileCheck.damaged(storage, shard.path(), what, cause);
  }

  /** How many of the rows {@code [row, end)} lie in the record batch of the first. */
  public static int rowsOfBatch(int row, int end) {
    return Math.min(end - row, FrameShardWriter.BATCH_ROWS - row % FrameShardWriter.BATCH_ROWS);
  }

  public int rows() {
    return shard.rows();
  }

  /** Copies one frame's 84 x 84 bytes. */
  public void frame(int row, ByteBuffer into, int position) {
    load(row);
    int from = row % FrameShardWriter.BATCH_ROWS * StepColumns.FRAME_BYTES;
    ByteBuffer source = observation.getDataBuffer().nioBuffer(from, StepColumns.FRAME_BYTES);
    into.put(position, source, source.position(), StepColumns.FRAME_BYTES);
  }

  /** Copies frames that follow each other. */
  public void frames(int firstRow, int count, ByteBuffer into, int position) {
    int row = firstRow;
    int at = position;
    while (row < firstRow + count) {
      load(row);
      int inBatch = row % FrameShardWriter.BATCH_ROWS;
      int run = rowsOfBatch(row, firstRow + count);
      ByteBuffer source =
          observation
              .getDataBuffer()
              .nioBuffer((long) inBatch * StepColumns.FRAME_BYTES, run * StepColumns.FRAME_BYTES);
      into.put(at, source, source.position(), run * StepColumns.FRAME_BYTES);
      row += run;
      at += run * StepColumns.FRAME_BYTES;
    }
  }

  /**
   * Copies steps that follow each other; tokens they have none.
   *
   * @param frames the batch's frames, 84 x 84 bytes a step
   * @param into the batch's step {@code at} and the ones after it
   */
  public void steps(int firstRow, int count, ByteBuffer frames, StepArrays into, int at) {
    for (int i = 0; i < count; i++) {
      int row = firstRow + i;
      frame(row, frames, (at + i) * StepColumns.FRAME_BYTES);
      into.actions()[at + i] = action(row);
      into.rewards()[at + i] = reward(row);
      into.ends()[at + i] = (byte) (terminal(row) ? 1 : 0);
    }
  }

  /** The action of a step as an id of the full set of 18. */
  public int action(int row) {
    return columns.action.get(load(row)) & 0xff;
  }

  public float reward(int row) {
    return columns.reward.get(load(row));
  }

  public boolean terminal(int row) {
    return columns.terminal.get(load(row)) != 0;
  }

  /** The step's episode: its place among the ended episodes of the run. */
  public int episode(int row) {
    return columns.episode.get(load(row));
  }

  /** Decodes the record batch of a row; returns the row's place in it. */
  private int load(int row) {
    int batch = row / FrameShardWriter.BATCH_ROWS;
    if (batch != loaded) {
      int expected =
          Math.min(FrameShardWriter.BATCH_ROWS, shard.rows() - batch * FrameShardWriter.BATCH_ROWS);
      try {
        loaded = -1;
        reader.loadRecordBatch(blocks.get(batch));
      } catch (IOException | RuntimeException e) {
        failed = true;
        throw damaged(storage, shard, "record batch " + batch + " is unreadable", e);
      }
      if (root.getRowCount() != expected) {
        throw damaged(
            storage,
            shard,
            String.format(
                Locale.ROOT,
                "record batch %d has %d rows, expected %d",
                batch,
                root.getRowCount(),
                expected),
            null);
      }
      requireValues(batch, expected);
      loaded = batch;
    }
    return row % FrameShardWriter.BATCH_ROWS;
  }

  /** A batch of the right number of rows may still lack values. */
  private void requireValues(int batch, int rows) {
    for (FieldVector vector : root.getFieldVectors()) {
      if (vector.getNullCount() > 0) {
        throw damaged(
            storage,
            shard,
            String.format(
                Locale.ROOT, "record batch %d has rows without %s", batch, vector.getName()),
            null);
      }
    }
    long bytes = observation.getDataBuffer().capacity();
    if (bytes < (long) rows * StepColumns.FRAME_BYTES) {
      throw damaged(
          storage,
          shard,
          String.format(Locale.ROOT, "record batch %d has %d bytes of frames", batch, bytes),
          null);
    }
  }

  private static int batches(int rows) {
    return (rows + FrameShardWriter.BATCH_ROWS - 1) / FrameShardWriter.BATCH_ROWS;
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException | RuntimeException e) {
      // Nothing was written.
    }
    codec.close();
    try {
      allocator.close();
    } catch (IllegalStateException e) {
      // Arrow leaks the buffers of a batch that it can't inflate; the error told is the other one.
      if (!failed) {
        throw e;
      }
    }
  }
}
