package org.jowa.jobs.parquet;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.util.HadoopStreams;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.jowa.data.storage.LocalFiles;

/** A Parquet file that gets no checksum file of Hadoop's beside it on a local disk. */
public final class PlainOutputFile implements OutputFile {
  private final FileSystem fileSystem;
  private final Path path;

  private PlainOutputFile(FileSystem fileSystem, Path path) {
    this.fileSystem = fileSystem;
    this.path = path;
  }

  /**
   * @throws IOException if there is no such file system
   */
  public static PlainOutputFile at(Path path, Configuration hadoop) throws IOException {
    return new PlainOutputFile(LocalFiles.plain(path.getFileSystem(hadoop)), path);
  }

  @Override
  public PositionOutputStream create(long blockSizeHint) throws IOException {
    return HadoopStreams.wrap(fileSystem.create(path, false));
  }

  @Override
  public PositionOutputStream createOrOverwrite(long blockSizeHint) throws IOException {
    return HadoopStreams.wrap(fileSystem.create(path, true));
  }

  @Override
  public boolean supportsBlockSize() {
    return false;
  }

  @Override
  public long defaultBlockSize() {
    return fileSystem.getDefaultBlockSize(path);
  }

  @Override
  public String getPath() {
    return path.toString();
  }
}
