package org.jowa.model.checkpoint;

import java.io.FileNotFoundException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.Syncable;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * Local files that behave like a simple object store: a file is seen only when it is closed,
 * nothing can be renamed, appended to or flushed, and what was deleted is listed for ever after.
 */
public final class ObjectStore extends RawLocalFileSystem {
  private static final Map<Path, FileStatus> DELETED = new ConcurrentHashMap<>();
  private static final String UPLOAD = ".upload-";

  /** Makes it the file system of {@code store://}. */
  public static Configuration addTo(Configuration configuration) {
    configuration.setClass("fs.store.impl", ObjectStore.class, FileSystem.class);
    configuration.setBoolean("fs.store.impl.disable.cache", true);
    return configuration;
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
    return create(file, overwrite, bufferSize, replication, blockSize, progress);
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
    if (!overwrite && exists(file)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    java.nio.file.Path target = pathToFile(file).toPath();
    Files.createDirectories(target.getParent());
    java.nio.file.Path upload = target.resolveSibling(UPLOAD + UUID.randomUUID());
    OutputStream out = Files.newOutputStream(upload);
    return new FSDataOutputStream(
        new Upload(out) {
          private boolean closed;

          @Override
          public void close() throws IOException {
            if (!closed) {
              closed = true;
              super.close();
              DELETED.remove(file);
              Files.move(upload, target, StandardCopyOption.REPLACE_EXISTING);
            }
          }
        },
        null);
  }

  private static class Upload extends FilterOutputStream implements Syncable {
    Upload(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void hflush() {
      throw new UnsupportedOperationException("hflush");
    }

    @Override
    public void hsync() {
      throw new UnsupportedOperationException("hsync");
    }
  }

  @Override
  public FSDataOutputStream append(Path file, int bufferSize, Progressable progress) {
    throw new UnsupportedOperationException("append");
  }

  @Override
  public boolean rename(Path source, Path target) {
    throw new UnsupportedOperationException("rename");
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    if (exists(path)) {
      remember(getFileStatus(path));
    }
    return super.delete(path, recursive);
  }

  private void remember(FileStatus status) throws IOException {
    DELETED.put(status.getPath(), status);
    if (status.isDirectory()) {
      for (FileStatus inside : super.listStatus(status.getPath())) {
        remember(inside);
      }
    }
  }

  @Override
  public FileStatus[] listStatus(Path folder) throws IOException {
    List<FileStatus> all = new ArrayList<>();
    FileNotFoundException missing = null;
    try {
      for (FileStatus status : super.listStatus(folder)) {
        if (!status.getPath().getName().startsWith(UPLOAD)) {
          all.add(status);
        }
      }
    } catch (FileNotFoundException e) {
      missing = e;
    }
    Path qualified = makeQualified(folder);
    for (FileStatus gone : DELETED.values()) {
      Path path = gone.getPath();
      if (qualified.equals(path.getParent()) && !exists(path)) {
        all.add(gone);
      }
    }
    if (all.isEmpty() && missing != null) {
      throw missing;
    }
    return all.toArray(new FileStatus[0]);
  }
}
