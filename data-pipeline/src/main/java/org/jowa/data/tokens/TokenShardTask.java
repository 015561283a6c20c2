package org.jowa.data.tokens;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.ShardFile;
import org.jowa.data.dataset.StepColumns;
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
  private final Storage storage;
  private final String doneName;
  private final Shard source;
  private final String path;
  private final int codebookSize;
  private final int batchSize;
  private final ByteBuffer frames;
  private final FrameShardReader reader;
  private final ShardFile file;
  private final UInt2Vector tokens;
  private final StepColumns columns;
  private int nextRow;
  private int rows;
  private int batchRows;

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
    this.codebookSize = codebookSize;
    this.batchSize = batchSize;
    this.frames =
        ByteBuffer.allocateDirect(Math.multiplyExact(batchSize, StepColumns.FRAME_BYTES))
            .order(ByteOrder.nativeOrder());
    this.file =
        new ShardFile(
            storage,
            path,
            StepColumns.tokenSchema(Map.of()),
            TokenShardReader.BATCH_ROWS,
            Optional.empty());
    try {
      this.reader = dataset.openFrames(source);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
    VectorSchemaRoot root = file.root();
    this.tokens =
        (UInt2Vector) ((FixedSizeListVector) root.getVector(StepColumns.TOKENS)).getDataVector();
    this.columns = new StepColumns(root);
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
    if (batch.length != batchSize * StepColumns.TOKENS_PER_FRAME) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d tokens for %d frames, expected %d",
              batch.length,
              batchSize,
              batchSize * StepColumns.TOKENS_PER_FRAME));
    }
    for (int i = 0; i < rows; i++) {
      for (int t = 0; t < StepColumns.TOKENS_PER_FRAME; t++) {
        long token = batch[i * StepColumns.TOKENS_PER_FRAME + t];
        if (token < 0 || token >= codebookSize) {
          throw new IllegalArgumentException(
              "Token " + token + " with a codebook of " + codebookSize);
        }
        tokens.setWithPossibleTruncate(batchRows * StepColumns.TOKENS_PER_FRAME + t, (int) token);
      }
      int row = nextRow + i;
      columns.set(
          batchRows,
          reader.action(row),
          reader.reward(row),
          reader.terminal(row),
          reader.episode(row));
      batchRows++;
      if (batchRows == TokenShardReader.BATCH_ROWS) {
        writeBatch();
      }
    }
  }

  /** Completes the shard and gives it its name. */
  public Shard commit() {
    if (batchRows > 0) {
      writeBatch();
    }
    ShardFile.Written written = file.finish();
    Shard shard =
        new Shard(
            path,
            source.lane(),
            source.game(),
            source.run(),
            source.rows(),
            source.episodes(),
            written.bytes(),
            written.sha256());
    WholeFiles.writeOnce(storage, doneName, Json.bytes(shard));
    return shard;
  }

  private void writeBatch() {
    tokens.setValueCount(batchRows * StepColumns.TOKENS_PER_FRAME);
    file.writeBatch(batchRows);
    batchRows = 0;
  }

  @Override
  public void close() {
    try {
      file.close();
    } finally {
      reader.close();
    }
  }
}
