package org.jowa.data.tokens;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Locale;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.jowa.data.cache.CachedFile;
import org.jowa.data.cache.MappedFiles;
import org.jowa.data.dataset.Arrow;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.StepArrays;
import org.jowa.data.dataset.StepColumns;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.jowa.error.Reason;
import org.jowa.error.ReportedException;

/**
 * Random access to a memory-mapped token shard. Nothing is allocated when rows are read. Readers
 * that share {@link MappedFiles} belong to one thread.
 */
public final class TokenShardReader implements AutoCloseable {
  public static final int BATCH_ROWS = 1024;

  /** For the schema; rows are not read by Arrow. */
  private static final long MOST_BYTES = 1L << 20;

  /** The bytes of a message's length, after four bytes that mark its start. */
  private static final int MESSAGE_PREFIX = 8;

  // Each column has a validity buffer before its values, and a list one of its own.
  private static final int TOKENS = 2;
  private static final int ACTION = 4;
  private static final int REWARD = 6;
  private static final int TERMINAL = 8;
  private static final int BUFFERS = 11;

  private final Shard shard;
  private final CachedFile file;
  private final MappedFiles.File mapped;
  private final int[] tokens;
  private final int[] actions;
  private final int[] rewards;
  private final int[] terminals;

  private TokenShardReader(
      Storage storage,
      Shard shard,
      List<ArrowBlock> blocks,
      CachedFile file,
      MappedFiles.File mapped) {
    this.shard = shard;
    this.file = file;
    this.mapped = mapped;
    ByteBuffer bytes = mapped.bytes();
    int batches = blocks.size();
    this.tokens = new int[batches];
    this.actions = new int[batches];
    this.rewards = new int[batches];
    this.terminals = new int[batches];
    int rows = 0;
    for (int b = 0; b < batches; b++) {
      ArrowBlock block = blocks.get(b);
      int start = Math.toIntExact(block.getOffset());
      int prefixed = start + MESSAGE_PREFIX;
      ByteBuffer metadata =
          bytes
              .slice(prefixed, block.getMetadataLength() - MESSAGE_PREFIX)
              .order(ByteOrder.LITTLE_ENDIAN);
      RecordBatch batch =
          (RecordBatch) Message.getRootAsMessage(metadata).header(new RecordBatch());
      boolean whole = b == batches - 1 || batch.length() == BATCH_ROWS;
      if (batch.buffersLength() != BUFFERS || batch.compression() != null || !whole) {
        throw FrameShardReader.damaged(
            storage,
            shard,
            String.format(Locale.ROOT, "record batch %d has another layout", b),
            null);
      }
      int body = start + block.getMetadataLength();
      int end = bytes.capacity();
      tokens[b] = start(batch, TOKENS, body, end, StepColumns.TOKENS_PER_FRAME * Short.BYTES);
      actions[b] = start(batch, ACTION, body, end, 1);
      rewards[b] = start(batch, REWARD, body, end, Float.BYTES);
      terminals[b] = start(batch, TERMINAL, body, end, 1);
      rows += (int) batch.length();
    }
    if (rows != shard.rows()) {
      throw FrameShardReader.damaged(
          storage,
          shard,
          String.format(Locale.ROOT, "%d rows, expected %d", rows, shard.rows()),
          null);
    }
  }

  /** Where the values of a column start in the file, all of which has to lie in it. */
  private static int start(RecordBatch batch, int buffer, int body, int end, int bytesOfRow) {
    long offset = batch.buffers(buffer).offset();
    long length = batch.length() * bytesOfRow;
    if (offset < 0 || length < 0 || body < 0 || offset > end || body + offset + length > end) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "buffer %d lies outside of the file: offset %d, %d rows",
              buffer,
              offset,
              batch.length()));
    }
    return (int) (body + offset);
  }

  /**
   * @param storage of the token set, for messages
   * @param file the shard's bytes, which are those that the manifest states; closed with the reader
   * @throws InvalidInputException when the file isn't a token shard
   */
  public static TokenShardReader open(
      Storage storage, Shard shard, CachedFile file, MappedFiles files) {
    try {
      return new TokenShardReader(
          storage, shard, blocks(storage, shard, file), file, files.file(file.path()));
    } catch (ReportedException e) {
      file.close();
      throw e;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw FrameShardReader.damaged(storage, shard, "unreadable (" + Reason.of(e) + ")", e);
    }
  }

  private static List<ArrowBlock> blocks(Storage storage, Shard shard, CachedFile file)
      throws IOException {
    try (FileChannel channel = FileChannel.open(file.path());
        BufferAllocator allocator =
            Arrow.allocator("token shard reader " + shard.path(), MOST_BYTES);
        ArrowFileReader reader = new ArrowFileReader(channel, allocator)) {
      List<ArrowBlock> blocks = reader.getRecordBlocks();
      if (!reader
          .getVectorSchemaRoot()
          .getSchema()
          .getFields()
          .equals(StepColumns.tokenSchema(null).getFields())) {
        throw FrameShardReader.damaged(storage, shard, "it has other columns", null);
      }
      return blocks;
    }
  }

  public int rows() {
    return shard.rows();
  }

  /**
   * Copies steps that follow each other.
   *
   * @param into the batch's step {@code at} and the ones after it
   */
  public void steps(int firstRow, int count, StepArrays into, int at) {
    ByteBuffer bytes = mapped.bytes();
    int row = firstRow;
    int to = at;
    int end = firstRow + count;
    while (row < end) {
      int batch = row / BATCH_ROWS;
      int inBatch = row % BATCH_ROWS;
      int run = Math.min(BATCH_ROWS - inBatch, end - row);
      int from = tokens[batch] + inBatch * StepColumns.TOKENS_PER_FRAME * Short.BYTES;
      int first = to * StepColumns.TOKENS_PER_FRAME;
      for (int i = 0; i < run * StepColumns.TOKENS_PER_FRAME; i++) {
        into.tokens()[first + i] = Short.toUnsignedInt(bytes.getShort(from + Short.BYTES * i));
      }
      for (int i = 0; i < run; i++) {
        into.actions()[to + i] = bytes.get(actions[batch] + inBatch + i) & 0xff;
        into.rewards()[to + i] = bytes.getFloat(rewards[batch] + (inBatch + i) * Float.BYTES);
        into.ends()[to + i] = (byte) (bytes.get(terminals[batch] + inBatch + i) != 0 ? 1 : 0);
      }
      row += run;
      to += run;
    }
  }

  /** Copies the 36 token ids of a frame. */
  public void tokens(int row, int[] into, int offset) {
    ByteBuffer bytes = mapped.bytes();
    int at =
        tokens[row / BATCH_ROWS] + row % BATCH_ROWS * StepColumns.TOKENS_PER_FRAME * Short.BYTES;
    for (int i = 0; i < StepColumns.TOKENS_PER_FRAME; i++) {
      into[offset + i] = Short.toUnsignedInt(bytes.getShort(at + Short.BYTES * i));
    }
  }

  /** The action of a step as an id of the full set of 18. */
  public int action(int row) {
    return mapped.bytes().get(at(actions, row, 1)) & 0xff;
  }

  public float reward(int row) {
    return mapped.bytes().getFloat(at(rewards, row, Float.BYTES));
  }

  public boolean terminal(int row) {
    return mapped.bytes().get(at(terminals, row, 1)) != 0;
  }

  private static int at(int[] starts, int row, int bytes) {
    return starts[row / BATCH_ROWS] + row % BATCH_ROWS * bytes;
  }

  /** Lets go of the file; its mapping is {@link MappedFiles}' affair. */
  @Override
  public void close() {
    file.close();
  }
}
