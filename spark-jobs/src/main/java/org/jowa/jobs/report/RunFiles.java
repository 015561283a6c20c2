package org.jowa.jobs.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.jowa.error.InvalidInputException;

/** The files of one run folder, on any file system that Hadoop knows. Names are relative to it. */
final class RunFiles {
  private final FileSystem files;
  private final Path root;

  private RunFiles(FileSystem files, Path root) {
    this.files = files;
    this.root = root;
  }

  /**
   * @throws InvalidInputException if there is no such folder
   */
  static RunFiles open(String run) throws IOException {
    Path root = new Path(run);
    FileSystem files = root.getFileSystem(new Configuration());
    if (files instanceof LocalFileSystem local) {
      // Without the checksum files that Hadoop would put beside each of ours.
      files = local.getRawFileSystem();
    }
    if (!files.exists(root)) {
      throw new InvalidInputException("No run folder at " + run + ": is the path right?");
    }
    if (!files.getFileStatus(root).isDirectory()) {
      throw new InvalidInputException(run + " is a file: give the run folder itself");
    }
    return new RunFiles(files, root);
  }

  /** The folder's own name. */
  String name() throws IOException {
    return files.getFileStatus(root).getPath().getName();
  }

  boolean exists(String name) throws IOException {
    return files.exists(new Path(root, name));
  }

  long size(String name) throws IOException {
    return files.getFileStatus(new Path(root, name)).getLen();
  }

  Optional<byte[]> read(String name) throws IOException {
    Path path = new Path(root, name);
    if (!files.exists(path) || files.getFileStatus(path).isDirectory()) {
      return Optional.empty();
    }
    try (InputStream in = files.open(path)) {
      return Optional.of(in.readAllBytes());
    }
  }

  /** Names of the folders in {@code folder}, sorted; none if it does not exist. */
  List<String> folders(String folder) throws IOException {
    Path path = new Path(root, folder);
    if (!files.exists(path)) {
      return List.of();
    }
    return Arrays.stream(files.listStatus(path))
        .filter(FileStatus::isDirectory)
        .map(status -> status.getPath().getName())
        .filter(name -> !name.startsWith(".") && !name.startsWith("_"))
        .sorted()
        .toList();
  }

  /** Replaces a file. */
  void write(String name, byte[] bytes) throws IOException {
    try (OutputStream out = files.create(new Path(root, name), true)) {
      out.write(bytes);
    }
  }
}
