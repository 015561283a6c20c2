package org.jowa.model.checkpoint;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import org.jowa.data.storage.Sha256;
import org.jowa.model.checkpoint.CheckpointState.FileEntry;

/** Counts and hashes what passes through. */
final class HashingOutputStream extends FilterOutputStream {
  private final MessageDigest digest = Sha256.digest();
  private long size;

  HashingOutputStream(OutputStream out) {
    super(out);
  }

  @Override
  public void write(int value) throws IOException {
    out.write(value);
    digest.update((byte) value);
    size++;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
    digest.update(bytes, offset, length);
    size += length;
  }

  /** Size and hash of all that was written; call once, at the end. */
  FileEntry entry() {
    return new FileEntry(size, Sha256.hex(digest));
  }
}
