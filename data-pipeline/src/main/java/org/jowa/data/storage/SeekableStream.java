package org.jowa.data.storage;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import org.apache.hadoop.fs.FSDataInputStream;

/** A Hadoop stream as a channel. */
final class SeekableStream implements SeekableByteChannel {
  private static final int CHUNK = 1 << 16;

  private final String name;
  private final FSDataInputStream in;
  private final long size;
  private final byte[] chunk = new byte[CHUNK];
  private boolean open = true;

  /**
   * @param name of the file, for messages
   */
  SeekableStream(String name, FSDataInputStream in, long size) {
    this.name = name;
    this.in = in;
    this.size = size;
  }

  /**
   * @throws StoreException if the store failed; to a reader of contents an {@link IOException} is
   *     contents that are wrong
   */
  @Override
  public int read(ByteBuffer into) throws IOException {
    int count;
    try {
      count = in.read(chunk, 0, Math.min(CHUNK, into.remaining()));
    } catch (EOFException e) {
      throw e;
    } catch (IOException e) {
      throw StoreFailures.of("Can't read " + name + ": " + e.getMessage() + ".", e);
    }
    if (count > 0) {
      into.put(chunk, 0, count);
    }
    return count;
  }

  @Override
  public long position() throws IOException {
    return in.getPos();
  }

  @Override
  public SeekableByteChannel position(long position) throws IOException {
    in.seek(position);
    return this;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int write(ByteBuffer from) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long length) {
    throw new NonWritableChannelException();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() throws IOException {
    open = false;
    in.close();
  }
}
