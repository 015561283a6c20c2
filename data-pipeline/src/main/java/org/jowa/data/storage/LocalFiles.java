package org.jowa.data.storage;

import java.io.IOException;
import java.io.OutputStream;
import java.util.EnumSet;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.fs.Syncable;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * Local disks without Hadoop's checksum side files, and where a write to a full disk is an {@link
 * IOException} as everywhere else: Hadoop throws an {@link Error}, which passes by everyone who
 * handles failures of a file system.
 */
public final class LocalFiles extends FilterFileSystem {
  private LocalFiles(FileSystem raw) {
    super(raw);
  }

  /** Local files if they are on local disks, the file system itself if not. */
  public static FileSystem plain(FileSystem fileSystem) {
    return fileSystem instanceof LocalFileSystem local
        ? new LocalFiles(local.getRaw())
        : fileSystem;
  }

  @Override
  public FSDataOutputStream create(
      Path file,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    return written(
        super.create(file, permission, overwrite, bufferSize, replication, blockSize, progress), 0);
  }

  @Override
  public FSDataOutputStream createNonRecursive(
      Path file,
      FsPermission permission,
      EnumSet<CreateFlag> flags,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    return written(
        super.createNonRecursive(
            file, permission, flags, bufferSize, replication, blockSize, progress),
        0);
  }

  @Override
  public FSDataOutputStream append(Path file, int bufferSize, Progressable progress)
      throws IOException {
    return written(super.append(file, bufferSize, progress), getFileStatus(file).getLen());
  }

  private static FSDataOutputStream written(FSDataOutputStream out, long start) throws IOException {
    return new FSDataOutputStream(new Written(out), null, start);
  }

  /** What is done to a stream. */
  @FunctionalInterface
  private interface Call {
    void run() throws IOException;
  }

  private static void reportingFull(Call call) throws IOException {
    try {
      call.run();
    } catch (FSError e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e);
    }
  }

  private static final class Written extends OutputStream implements Syncable, StreamCapabilities {
    private final FSDataOutputStream out;

    Written(FSDataOutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int value) throws IOException {
      reportingFull(() -> out.write(value));
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      reportingFull(() -> out.write(bytes, offset, count));
    }

    @Override
    public void flush() throws IOException {
      reportingFull(out::flush);
    }

    @Override
    public void hflush() throws IOException {
      reportingFull(out::hflush);
    }

    @Override
    public void hsync() throws IOException {
      reportingFull(out::hsync);
    }

    @Override
    public boolean hasCapability(String capability) {
      return out.hasCapability(capability);
    }

    @Override
    public void close() throws IOException {
      reportingFull(out::close);
    }
  }
}
