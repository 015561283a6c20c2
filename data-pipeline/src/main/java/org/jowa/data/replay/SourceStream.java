package org.jowa.data.replay;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import org.jowa.data.storage.Sha256;

/**
 * The bytes of a log's file as they are stored, counted and hashed. Reports what is left as
 * available, because the JDK looks for a further gzip member only where bytes are available, and a
 * stream from an object store may say that none are.
 */
final class SourceStream extends FilterInputStream {
  private final long length;
  private final MessageDigest digest = Sha256.digest();
  private long position;

  SourceStream(InputStream in, long length) {
    super(in);
    this.length = length;
  }

  long position() {
    return position;
  }

  long length() {
    return length;
  }

  /** Reads what follows the last gzip member, and returns the SHA-256 of the whole file. */
  String sha256() throws IOException {
    byte[] rest = new byte[1 << 12];
    int count;
    do {
      count = read(rest, 0, rest.length);
    } while (count >= 0);
    return Sha256.hex(digest);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int count) throws IOException {
    int read = in.read(into, offset, count);
    if (read > 0) {
      position += read;
      digest.update(into, offset, read);
    }
    return read;
  }

  @Override
  public long skip(long count) throws IOException {
    throw new UnsupportedOperationException("Every byte is hashed");
  }

  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(0, length - position));
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
