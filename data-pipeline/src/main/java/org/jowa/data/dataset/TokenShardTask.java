package org.jowa.data.dataset;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;

/**
 * Turns one frame shard into a token shard:
 *
 * <pre>{@code
 * try (TokenShardTask task = tokenization.task(shard)) {
 *   while (task.next()) {
 *     task.write(tokenizer.tokens(task.frames()));
 *   }
 *   task.commit();
 * }
 * }</pre>
 */
public final class TokenShardTask implements AutoCloseable {
  static final int BATCH_ROWS = 1024;

  private final Storage storage;
  private final String doneName;
  private final Shard source;
  private final String path;
  private final String temporary;
  private final int codebookSize;
  private final int batchSize;
  private final ByteBuffer frames;
  private final FrameShardReader reader;
  private final BufferAllocator allocator;
  private final VectorSchemaRoot root;
  private final FixedSizeListVector lists;
  private final UInt2Vector tokens;
  private final StepColumns columns;
  private final HashingChannel channel;
  private final ArrowFileWriter writer;
  private int nextRow;
  private int rows;
  private int batchRows;
  private boolean committed;

  TokenShardTask(
      Dataset dataset,
      Shard source,
      Storage storage,
      String doneName,
      int codebookSize,
      int batchSize) {
    this.storage = storage;
    this.doneName = doneName;
    this.source = source;
    this.path = TokenSet.path(source);
    this.temporary = WholeFiles.temporaryName(path);
    this.codebookSize = codebookSize;
    this.batchSize = batchSize;
    this.frames =
        ByteBuffer.allocateDirect(Math.multiplyExact(batchSize, StepColumns.FRAME_BYTES))
            .order(ByteOrder.nativeOrder());
    this.reader = dataset.openFrames(source);
    this.allocator = Arrow.allocator("token shard writer " + path);
    this.root = VectorSchemaRoot.create(StepColumns.tokenSchema(Map.of()), allocator);
    StepColumns.allocate(root, BATCH_ROWS);
    this.lists = (FixedSizeListVector) root.getVector(StepColumns.TOKENS);
    this.tokens = (UInt2Vector) lists.getDataVector();
    this.columns = new StepColumns(root);
    this.channel = new HashingChannel(storage.create(temporary));
    this.writer = new ArrowFileWriter(root, null, channel);
    try {
      writer.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fills {@link #frames} with the next frames of the shard; false when there are no more. */
  public boolean next() {
    nextRow += rows;
    rows = Math.min(batchSize, reader.rows() - nextRow);
    if (rows <= 0) {
      return false;
    }
    reader.frames(nextRow, rows, frames, 0);
    for (int at = rows * StepColumns.FRAME_BYTES; at < frames.capacity(); at++) {
      frames.put(at, (byte) 0);
    }
    return true;
  }

  /**
   * {@code [batchSize, 84, 84]} uint8, direct and in native order; black after the shard's last
   * frame.
   */
  public ByteBuffer frames() {
    return frames;
  }

  /** How many of {@link #frames} are real. */
  public int rows() {
    return rows;
  }

  /**
   * @param batch {@code [batchSize * 36]} token ids of {@link #frames}; those of padding are left
   *     out
   */
  public void write(long[] batch) {
    if (batch.length != batchSize * TokenSet.TOKENS_PER_FRAME) {
      throw new IllegalArgumentException(
          "%d tokens for %d frames, expected %d"
              .formatted(batch.length, batchSize, batchSize * TokenSet.TOKENS_PER_FRAME));
    }
    for (int i = 0; i < rows; i++) {
      for (int t = 0; t < TokenSet.TOKENS_PER_FRAME; t++) {
        long token = batch[i * TokenSet.TOKENS_PER_FRAME + t];
        if (token < 0 || token >= codebookSize) {
          throw new IllegalArgumentException(
              "Token " + token + " with a codebook of " + codebookSize);
        }
        tokens.setWithPossibleTruncate(batchRows * TokenSet.TOKENS_PER_FRAME + t, (int) token);
      }
      int row = nextRow + i;
      columns.set(
          batchRows,
          reader.action(row),
          reader.reward(row),
          reader.terminal(row),
          reader.episode(row));
      batchRows++;
      if (batchRows == BATCH_ROWS) {
        writeBatch();
      }
    }
  }

  /** As {@link #write(long[])}. */
  public void write(int[] batch) {
    write(Arrays.stream(batch).asLongStream().toArray());
  }

  /** Completes the shard and gives it its name. */
  public Shard commit() {
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
    committed = true;
    Shard shard =
        new Shard(
            path,
            source.lane(),
            source.game(),
            source.run(),
            source.rows(),
            source.episodes(),
            channel.bytes(),
            sha256);
    WholeFiles.writeOnce(storage, doneName, Json.bytes(shard));
    return shard;
  }

  private void writeBatch() {
    try {
      tokens.setValueCount(batchRows * TokenSet.TOKENS_PER_FRAME);
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
      reader.close();
      root.close();
      allocator.close();
      if (!committed) {
        storage.delete(temporary);
      }
    }
  }
}
