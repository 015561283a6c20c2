package org.jowa.model.train;

import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.jowa.data.storage.LocalFiles;
import org.jowa.data.storage.Locations;
import org.jowa.error.StoreException;

/**
 * A training's scalars as TensorBoard's event files, in a folder of their own. Each attempt writes
 * a file; where a file is seen only when it is closed, as in object stores, one for each time
 * between two checkpoints. An attempt that goes on from a checkpoint first takes the steps after it
 * out of the older files, so that no step is there twice.
 */
final class TensorBoardLog implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("events\\.out\\.tfevents\\.(\\d{10})\\..*");

  private final FileSystem fileSystem;
  private final Path folder;
  private final long begun;
  private final long step;
  private int parts;
  private Optional<FSDataOutputStream> file = Optional.empty();

  private TensorBoardLog(FileSystem fileSystem, Path folder, long begun, long step) {
    this.fileSystem = fileSystem;
    this.folder = folder;
    this.begun = begun;
    this.step = step;
  }

  /**
   * Opens the log to go on after a step.
   *
   * @param step steps done so far; less than 0 to drop what an earlier run left
   * @throws StoreException if files can't be read or written
   */
  static TensorBoardLog open(String uri, Configuration configuration, long step) {
    Path folder = Locations.resolve(uri, configuration);
    try {
      FileSystem fileSystem = LocalFiles.plain(folder.getFileSystem(configuration));
      // TensorBoard reads files in the order of their names: a clock that is behind mustn't matter.
      long begun = System.currentTimeMillis() / 1000;
      for (Path older : files(fileSystem, folder)) {
        cut(fileSystem, older, step);
        begun = Math.max(begun, seconds(older) + 1);
      }
      return new TensorBoardLog(fileSystem, folder, begun, step);
    } catch (IOException e) {
      throw failed(folder, e);
    }
  }

  /** Adds the scalars of a step by tag. */
  void add(long ofStep, Map<String, Double> scalars) {
    try {
      if (file.isEmpty()) {
        file = Optional.of(create());
      }
      FSDataOutputStream out = file.get();
      EventFrames.write(out, EventFrames.scalars(now(), ofStep, scalars));
      if (isSeenWhileOpen(out)) {
        out.hflush();
      }
    } catch (IOException e) {
      throw failed(folder, e);
    }
  }

  /** As {@link MetricsLog#saving}. */
  Runnable saving() {
    if (file.isEmpty() || isSeenWhileOpen(file.get())) {
      return () -> {};
    }
    return closing();
  }

  @Override
  public void close() {
    closing().run();
  }

  private Runnable closing() {
    Optional<FSDataOutputStream> last = file;
    file = Optional.empty();
    return () -> {
      try {
        if (last.isPresent()) {
          last.get().close();
        }
      } catch (IOException e) {
        throw failed(folder, e);
      }
    };
  }

  private FSDataOutputStream create() throws IOException {
    Path path =
        new Path(
            folder,
            String.format(Locale.ROOT, "events.out.tfevents.%010d.jowa.%06d", begun, parts++));
    FSDataOutputStream out = fileSystem.create(path, false);
    EventFrames.write(out, EventFrames.version(now()));
    if (parts == 1 && step >= 0) {
      EventFrames.write(out, EventFrames.restart(now(), step + 1));
    }
    return out;
  }

  private static boolean isSeenWhileOpen(FSDataOutputStream out) {
    return out.hasCapability(StreamCapabilities.HFLUSH);
  }

  private static List<Path> files(FileSystem fileSystem, Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    try {
      for (FileStatus status : fileSystem.listStatus(folder)) {
        if (status.isFile() && NAME.matcher(status.getPath().getName()).matches()) {
          files.add(status.getPath());
        }
      }
    } catch (FileNotFoundException e) {
      return files;
    }
    files.sort(Comparator.comparing(Path::getName));
    return files;
  }

  private static long seconds(Path file) {
    Matcher matcher = NAME.matcher(file.getName());
    return matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
  }

  /** A kill half-way loses curves at worst, never a checkpoint. */
  private static void cut(FileSystem fileSystem, Path file, long step) throws IOException {
    List<byte[]> events;
    try (InputStream in = new BufferedInputStream(fileSystem.open(file), 1 << 16)) {
      events = EventFrames.read(in);
    } catch (FileNotFoundException e) {
      // Some stores list for a while what was deleted.
      return;
    }
    List<byte[]> kept = events.stream().filter(event -> EventFrames.step(event) <= step).toList();
    if (step < 0 || kept.isEmpty()) {
      fileSystem.delete(file, false);
    } else if (kept.size() < events.size() || isCutShort(fileSystem, file, events)) {
      try (FSDataOutputStream out = fileSystem.create(file, true)) {
        for (byte[] event : kept) {
          EventFrames.write(out, event);
        }
      }
    }
  }

  private static boolean isCutShort(FileSystem fileSystem, Path file, List<byte[]> events)
      throws IOException {
    long whole = events.stream().mapToLong(event -> event.length + 16L).sum();
    return fileSystem.getFileStatus(file).getLen() != whole;
  }

  private static double now() {
    return System.currentTimeMillis() / 1000.0;
  }

  private static StoreException failed(Path folder, IOException e) {
    return new StoreException(
        "Cannot write TensorBoard's events to %s: %s; free space or mend that file system, then run the same command again"
            .formatted(folder, e.getMessage()),
        e);
  }
}
