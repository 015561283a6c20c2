package org.jowa.data.dataset;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.CompressionUtil;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;

/**
 * A shard that is being written: an Arrow IPC file, hashed on its way. It has a temporary name
 * until {@link #finish}; closed before that, it is deleted.
 */
public final class ShardFile implements AutoCloseable {
  private final Storage storage;
  private final String path;
  private final String temporary;
  private final HashingChannel channel;
  private final BufferAllocator allocator;
  private final VectorSchemaRoot root;
  private final ArrowFileWriter writer;
  private boolean finished;

  /**
   * @param rows of a record batch, at most; the vectors have room for them
   * @param codec for the buffers; outlives the file
   */
  public ShardFile(
      Storage storage, String path, Schema schema, int rows, Optional<ZstdCodec> codec) {
    this.storage = storage;
    this.path = path;
    this.temporary = WholeFiles.temporaryName(path);
    // First: it fails where the disk is full, and nothing may be left open then.
    this.channel = new HashingChannel(storage.create(temporary));
    this.allocator = Arrow.allocator("writer of shard " + path);
    this.root = VectorSchemaRoot.create(schema, allocator);
    StepColumns.allocate(root, rows);
    this.writer = writer(codec);
    try {
      writer.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ArrowFileWriter writer(Optional<ZstdCodec> codec) {
    return codec.isEmpty()
        ? new ArrowFileWriter(root, null, channel)
        : new ArrowFileWriter(
            root,
            null,
            channel,
            Map.of(),
            IpcOption.DEFAULT,
            codec.get(),
            CompressionUtil.CodecType.ZSTD,
            Optional.of(ZstdCodec.LEVEL));
  }

  /** The vectors of the record batch that is being filled. */
  public VectorSchemaRoot root() {
    return root;
  }

  /** Writes the first rows of the vectors as a record batch. */
  public void writeBatch(int rows) {
    try {
      root.setRowCount(rows);
      writer.writeBatch();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A file that is whole.
   *
   * @param bytes its size
   * @param sha256 of its bytes
   */
  public record Written(long bytes, String sha256) {}

  /** Completes the file and gives it its name. */
  public Written finish() {
    try {
      writer.end();
      writer.close();
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Written written = new Written(channel.bytes(), channel.sha256());
    WholeFiles.publish(storage, temporary, path, written.bytes(), written.sha256());
    finished = true;
    return written;
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
      if (!finished) {
        storage.delete(temporary);
      }
    }
  }
}
