package org.jowa.data.storage;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jowa.error.InvalidInputException;
import org.jowa.error.Reason;
import org.jowa.error.ReportedException;
import org.jowa.error.StoreException;

/**
 * One folder on a Hadoop FileSystem and the files below it, named by paths relative to it with
 * slashes. Local folders are written without Hadoop's checksum side files. Every method throws
 * {@link InvalidInputException} with the file's name when the file system fails, and of those a
 * {@link StoreException} when that is no fact about the file.
 */
public final class Storage {
  private static final Pattern WILDCARD = Pattern.compile("[*?\\[{]");

  private final FileSystem fileSystem;
  private final Path root;

  private Storage(FileSystem fileSystem, Path root) {
    this.fileSystem = fileSystem;
    this.root = root;
  }

  /** A folder by path or URI, with the Hadoop configuration found on the class path. */
  public static Storage at(String folder) {
    return at(folder, new Configuration());
  }

  /**
   * @param folder a path or URI: {@code /data/logs}, {@code file:///data/logs}, {@code
   *     hdfs://host/logs}
   * @throws InvalidInputException when the URI isn't valid or its file system is unknown
   */
  public static Storage at(String folder, Configuration configuration) {
    try {
      Path path = Locations.resolve(folder, configuration);
      FileSystem fileSystem = LocalFiles.plain(path.getFileSystem(configuration));
      return new Storage(fileSystem, fileSystem.makeQualified(path));
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(
          "Can't use the folder '" + folder + "': " + e.getMessage() + ".", e);
    } catch (IOException e) {
      throw StoreFailures.of("Can't use the folder '" + folder + "': " + e.getMessage() + ".", e);
    }
  }

  /**
   * The folders that a pattern names, sorted; a pattern without wildcards names one folder, whether
   * it is there or not.
   *
   * @param pattern a path or URI with wildcards as {@link FileSystem#globStatus(Path)} knows them
   * @throws InvalidInputException when nothing matches
   */
  public static List<Storage> matching(String pattern, Configuration configuration) {
    Storage literal = at(pattern, configuration);
    try {
      if (!WILDCARD.matcher(pattern).find() || literal.fileSystem.exists(literal.root)) {
        return List.of(literal);
      }
      FileStatus[] found = literal.fileSystem.globStatus(literal.root);
      List<Storage> folders =
          Arrays.stream(found == null ? new FileStatus[0] : found)
              .filter(FileStatus::isDirectory)
              .map(FileStatus::getPath)
              .sorted()
              .map(path -> new Storage(literal.fileSystem, path))
              .toList();
      if (folders.isEmpty()) {
        throw new InvalidInputException("No folder matches '" + pattern + "'.");
      }
      return folders;
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException("Can't list '" + pattern + "': " + e.getMessage() + ".", e);
    } catch (IOException e) {
      throw StoreFailures.of("Can't list '" + pattern + "': " + e.getMessage() + ".", e);
    }
  }

  FileSystem fileSystem() {
    return fileSystem;
  }

  /** A file or folder below this one. */
  Path path(String path) {
    return new Path(root, path);
  }

  /** The folder as a URI. */
  public URI uri() {
    return root.toUri();
  }

  /** A folder below this one. */
  public Storage folder(String path) {
    return new Storage(fileSystem, path(path));
  }

  /** The full name of a file, for messages. */
  public String describe(String path) {
    Path whole = path(path);
    return isLocal() ? whole.toUri().getPath() : whole.toString();
  }

  @Override
  public String toString() {
    return isLocal() ? root.toUri().getPath() : root.toString();
  }

  /** The file on the local disk, when this folder is local. */
  public Optional<java.nio.file.Path> localPath(String path) {
    return isLocal()
        ? Optional.of(java.nio.file.Path.of(path(path).toUri().getPath()))
        : Optional.empty();
  }

  public boolean exists(String path) {
    try {
      return fileSystem.exists(path(path));
    } catch (IOException e) {
      throw cannot("read", path, e);
    }
  }

  /** Length of a file in bytes; empty when there is none. */
  public Optional<Long> length(String path) {
    try {
      FileStatus status = fileSystem.getFileStatus(path(path));
      return status.isFile() ? Optional.of(status.getLen()) : Optional.empty();
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw cannot("read", path, e);
    }
  }

  /** Names in the folder, sorted; empty when there is no such folder. */
  public List<String> list() {
    try {
      return Arrays.stream(fileSystem.listStatus(root))
          .map(status -> status.getPath().getName())
          .sorted(Comparator.naturalOrder())
          .toList();
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      throw cannot("list", ".", e);
    }
  }

  public boolean isFolder(String path) {
    try {
      return fileSystem.getFileStatus(path(path)).isDirectory();
    } catch (FileNotFoundException e) {
      return false;
    } catch (IOException e) {
      throw cannot("read", path, e);
    }
  }

  /**
   * @throws InvalidInputException when there is no such file
   */
  public FSDataInputStream open(String path) {
    try {
      return fileSystem.open(path(path));
    } catch (FileNotFoundException e) {
      throw new InvalidInputException("There is no file " + describe(path) + ".", e);
    } catch (IOException e) {
      throw cannot("read", path, e);
    }
  }

  /**
   * @throws InvalidInputException when there is no such file
   */
  public byte[] read(String path) {
    try (InputStream in = open(path)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw cannot("read", path, e);
    }
  }

  /**
   * Reads a file that ought to be small.
   *
   * @throws InvalidInputException when there is no such file, or it is larger than that
   */
  public byte[] read(String path, long mostBytes) {
    long bytes = length(path).orElse(0L);
    if (bytes > mostBytes) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "Can't read %s: it has %d bytes, at most %d are sensible.",
              describe(path),
              bytes,
              mostBytes));
    }
    return read(path);
  }

  /**
   * A file for random access.
   *
   * @throws InvalidInputException when there is no such file
   */
  public SeekableByteChannel openChannel(String path) {
    try {
      Optional<java.nio.file.Path> local = localPath(path);
      if (local.isPresent()) {
        return FileChannel.open(local.get());
      }
      return new SeekableStream(
          describe(path), open(path), fileSystem.getFileStatus(path(path)).getLen());
    } catch (NoSuchFileException | FileNotFoundException e) {
      throw new InvalidInputException("There is no file " + describe(path) + ".", e);
    } catch (IOException e) {
      throw cannot("read", path, e);
    }
  }

  /**
   * SHA-256 of a file's bytes.
   *
   * @throws InvalidInputException when there is no such file
   */
  public String sha256(String path) {
    try (InputStream in = open(path)) {
      return Sha256.of(in);
    } catch (IOException e) {
      throw cannot("read", path, e);
    }
  }

  /** Creates or overwrites a file; its folders are made as needed. */
  public OutputStream create(String path) {
    try {
      Path file = path(path);
      if (!isOnPlainDisk()) {
        return new Writing(path, fileSystem.create(file, true));
      }
      makeFolder(file.getParent());
      return new Writing(
          path, new BufferedOutputStream(new FileOutputStream(file.toUri().getPath())));
    } catch (IOException e) {
      throw cannot("write", path, e);
    }
  }

  /** Makes a folder with those above it. */
  void makeFolder(Path folder) throws IOException {
    if (!isOnPlainDisk()) {
      fileSystem.mkdirs(folder);
      return;
    }
    File local = new File(folder.toUri().getPath());
    // Another thread may be making it.
    if (!local.isDirectory() && !local.mkdirs() && !local.isDirectory()) {
      throw new IOException("the folder " + local + " can't be made");
    }
  }

  /**
   * Whether it may be written without Hadoop, which without its native library starts a process for
   * each file and folder, to set permissions that the system has set already.
   */
  private boolean isOnPlainDisk() {
    return fileSystem instanceof LocalFiles;
  }

  /**
   * Creates a small file unless there is one. Of two that try at the same time HDFS lets one
   * succeed; not every object store does.
   *
   * @return whether it was created
   */
  public boolean createNew(String path, byte[] content) {
    try (OutputStream out = fileSystem.create(path(path), false)) {
      out.write(content);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      if (exists(path)) {
        return false;
      }
      throw cannot("write", path, e);
    }
  }

  /** Writes a small file in place: readers may find it empty for a moment, but not missing. */
  public void overwrite(String path, byte[] content) {
    try (OutputStream out = create(path)) {
      out.write(content);
    } catch (IOException e) {
      throw cannot("write", path, e);
    }
  }

  /** Deletes a file or a folder with all it holds; nothing happens when there is none. */
  public void delete(String path) {
    try {
      fileSystem.delete(path(path), true);
    } catch (IOException e) {
      throw cannot("delete", path, e);
    }
  }

  boolean isLocal() {
    return "file".equals(fileSystem.getUri().getScheme());
  }

  ReportedException cannot(String verb, String path, IOException e) {
    String remedy =
        verb.equals("write")
            ? " Make room or choose another folder, then give the same command again."
            : "";
    return StoreFailures.of(
        "Can't %s %s: %s.%s".formatted(verb, describe(path), Reason.of(e), remedy), e);
  }

  /** Tells which file could not be written. */
  private final class Writing extends FilterOutputStream {
    private final String path;

    Writing(String path, OutputStream out) {
      super(out);
      this.path = path;
    }

    @Override
    public void write(int value) {
      try {
        out.write(value);
      } catch (IOException e) {
        throw cannot("write", path, e);
      }
    }

    @Override
    public void write(byte[] bytes, int offset, int count) {
      try {
        out.write(bytes, offset, count);
      } catch (IOException e) {
        throw cannot("write", path, e);
      }
    }

    @Override
    public void close() {
      try {
        out.close();
      } catch (IOException e) {
        throw cannot("write", path, e);
      }
    }
  }
}
