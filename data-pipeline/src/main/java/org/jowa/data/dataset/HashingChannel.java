package org.jowa.data.dataset;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import org.jowa.data.storage.Sha256;

/** A channel to a stream that counts and hashes what passes. */
final class HashingChannel implements WritableByteChannel {
  private static final int CHUNK = 1 << 16;

  private final OutputStream out;
  private final MessageDigest digest = Sha256.digest();
  private final byte[] chunk = new byte[CHUNK];
  private long bytes;
  private boolean open = true;

  HashingChannel(OutputStream out) {
    this.out = out;
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    int written = from.remaining();
    while (from.hasRemaining()) {
      int count = Math.min(CHUNK, from.remaining());
      from.get(chunk, 0, count);
      digest.update(chunk, 0, count);
      out.write(chunk, 0, count);
    }
    bytes += written;
    return written;
  }

  long bytes() {
    return bytes;
  }

  /** The hash of all that was written; ask once. */
  String sha256() {
    return Sha256.hex(digest);
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() throws IOException {
    if (open) {
      open = false;
      out.close();
    }
  }
}
