package org.jowa.model.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * Local files behind {@code store://}, where a test sees every change before it is made and may
 * delay or refuse it. One test at a time.
 */
public final class WatchedStore extends RawLocalFileSystem {
  private static volatile Watcher watcher = (operation, path) -> {};

  /** Told before each change. */
  @FunctionalInterface
  public interface Watcher {
    /**
     * @param operation "create", "write", "close", "delete", "rename", "mkdirs" or "append"
     * @throws IOException to refuse it
     */
    void before(String operation, Path path) throws IOException;
  }

  /** Watches all instances from now on. */
  public static void watch(Watcher next) {
    watcher = next;
  }

  @Override
  public URI getUri() {
    return URI.create("store:///");
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
    watcher.before("create", file);
    return watched(
        file,
        super.create(file, permission, overwrite, bufferSize, replication, blockSize, progress),
        0);
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
    watcher.before("create", file);
    return watched(
        file, super.create(file, overwrite, bufferSize, replication, blockSize, progress), 0);
  }

  @Override
  public FSDataOutputStream append(Path file, int bufferSize, Progressable progress)
      throws IOException {
    watcher.before("append", file);
    return watched(file, super.append(file, bufferSize, progress), getFileStatus(file).getLen());
  }

  @Override
  public boolean rename(Path source, Path target) throws IOException {
    watcher.before("rename", source);
    return super.rename(source, target);
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    watcher.before("delete", path);
    return super.delete(path, recursive);
  }

  @Override
  public boolean mkdirs(Path folder) throws IOException {
    watcher.before("mkdirs", folder);
    return super.mkdirs(folder);
  }

  private static FSDataOutputStream watched(Path file, OutputStream out, long start)
      throws IOException {
    return new FSDataOutputStream(
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            watcher.before("write", file);
            out.write(value);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            watcher.before("write", file);
            out.write(bytes, offset, length);
          }

          @Override
          public void flush() throws IOException {
            out.flush();
          }

          @Override
          public void close() throws IOException {
            out.close();
            watcher.before("close", file);
          }
        },
        null,
        start);
  }
}
