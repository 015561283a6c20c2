package org.jowa.data;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.util.Progressable;

/** The local disk under another scheme, on which only so many bytes can be written. */
public final class FullDisk extends RawLocalFileSystem {
  private static final AtomicLong ROOM = new AtomicLong();

  /** A configuration that knows {@code full://host}. */
  public static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.setClass("fs.full.impl", FullDisk.class, FileSystem.class);
    return configuration;
  }

  /** From now on so many bytes can be written. */
  public static void setRoom(long bytes) {
    ROOM.set(bytes);
  }

  @Override
  public URI getUri() {
    return URI.create("full://host");
  }

  @Override
  public String getScheme() {
    return "full";
  }

  @Override
  public FSDataOutputStream create(
      Path file,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    return limited(super.create(file, overwrite, bufferSize, replication, blockSize, progress));
  }

  private static FSDataOutputStream limited(FSDataOutputStream out) throws IOException {
    return new FSDataOutputStream(
        new FilterOutputStream(out) {
          @Override
          public void write(int value) throws IOException {
            take(1);
            out.write(value);
          }

          @Override
          public void write(byte[] bytes, int offset, int count) throws IOException {
            take(count);
            out.write(bytes, offset, count);
          }
        },
        null);
  }

  private static void take(long bytes) throws IOException {
    if (ROOM.addAndGet(-bytes) < 0) {
      throw new IOException("No space left on device");
    }
  }
}
