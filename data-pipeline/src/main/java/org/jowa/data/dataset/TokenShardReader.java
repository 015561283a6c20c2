package org.jowa.data.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;

/**
 * Random access to a memory-mapped token shard. A shard that isn't on a local disk is copied to a
 * temporary file first. Nothing is allocated when rows are read; the mapping goes with the reader.
 */
public final class TokenShardReader {
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
  private final ByteBuffer mapped;
  private final int[] tokens;
  private final int[] actions;
  private final int[] rewards;
  private final int[] terminals;

  private TokenShardReader(
      Storage storage, Shard shard, List<ArrowBlock> blocks, ByteBuffer mapped) {
    this.shard = shard;
    this.mapped = mapped;
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
          mapped
              .slice(prefixed, block.getMetadataLength() - MESSAGE_PREFIX)
              .order(ByteOrder.LITTLE_ENDIAN);
      RecordBatch batch =
          (RecordBatch) Message.getRootAsMessage(metadata).header(new RecordBatch());
      boolean whole = b == batches - 1 || batch.length() == TokenShardTask.BATCH_ROWS;
      if (batch.buffersLength() != BUFFERS || batch.compression() != null || !whole) {
        throw FrameShardReader.damaged(
            storage, shard, "record batch %d has another layout".formatted(b), null);
      }
      int body = start + block.getMetadataLength();
      int end = mapped.capacity();
      tokens[b] = start(batch, TOKENS, body, end, StepColumns.TOKENS_PER_FRAME * Short.BYTES);
      actions[b] = start(batch, ACTION, body, end, 1);
      rewards[b] = start(batch, REWARD, body, end, Float.BYTES);
      terminals[b] = start(batch, TERMINAL, body, end, 1);
      rows += (int) batch.length();
    }
    if (rows != shard.rows()) {
      throw FrameShardReader.damaged(
          storage, shard, "%d rows, expected %d".formatted(rows, shard.rows()), null);
    }
  }

  /** Where the values of a column start in the file, all of which has to lie in it. */
  private static int start(RecordBatch batch, int buffer, int body, int end, int bytesOfRow) {
    long offset = batch.buffers(buffer).offset();
    long length = batch.length() * bytesOfRow;
    if (offset < 0 || length < 0 || body < 0 || offset > end || body + offset + length > end) {
      throw new IllegalArgumentException(
          "buffer %d lies outside of the file: offset %d, %d rows"
              .formatted(buffer, offset, batch.length()));
    }
    return (int) (body + offset);
  }

  /**
   * @throws InvalidInputException when the file isn't a token shard
   */
  static TokenShardReader open(Storage storage, Shard shard) {
    try {
      Optional<Path> local = storage.localPath(shard.path());
      if (local.isPresent()) {
        return map(storage, shard, local.get());
      }
      Path copy = Files.createTempFile("jowa-tokens-", ".arrow");
      try (InputStream in = storage.open(shard.path())) {
        Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
        // The mapping outlives the file's name, so nothing is left behind.
        return map(storage, shard, copy);
      } finally {
        Files.delete(copy);
      }
    } catch (InvalidInputException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw FrameShardReader.damaged(
          storage, shard, "unreadable (" + FrameShardReader.firstLine(e) + ")", e);
    }
  }

  private static TokenShardReader map(Storage storage, Shard shard, Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file);
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
      ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      return new TokenShardReader(storage, shard, blocks, mapped.order(ByteOrder.LITTLE_ENDIAN));
    }
  }

  public int rows() {
    return shard.rows();
  }

  /** Copies the 36 token ids of a frame. */
  public void tokens(int row, int[] into, int offset) {
    int at =
        tokens[row / TokenShardTask.BATCH_ROWS]
            + row % TokenShardTask.BATCH_ROWS * StepColumns.TOKENS_PER_FRAME * Short.BYTES;
    for (int i = 0; i < StepColumns.TOKENS_PER_FRAME; i++) {
      into[offset + i] = Short.toUnsignedInt(mapped.getShort(at + Short.BYTES * i));
    }
  }

  /** The action of a step as an id of the full set of 18. */
  public int action(int row) {
    return mapped.get(at(actions, row, 1)) & 0xff;
  }

  public float reward(int row) {
    return mapped.getFloat(at(rewards, row, Float.BYTES));
  }

  public boolean terminal(int row) {
    return mapped.get(at(terminals, row, 1)) != 0;
  }

  private static int at(int[] starts, int row, int bytes) {
    return starts[row / TokenShardTask.BATCH_ROWS] + row % TokenShardTask.BATCH_ROWS * bytes;
  }
}
