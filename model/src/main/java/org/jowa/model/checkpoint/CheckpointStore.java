package org.jowa.model.checkpoint;

import java.io.BufferedOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
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
import org.jowa.data.storage.StoreFailures;
import org.jowa.error.InvalidInputException;
import org.jowa.error.StoreException;
import org.jowa.model.checkpoint.CheckpointState.FileEntry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one model of one run: folders {@code step-00000500} side by side.
 *
 * <p>Files are written to their final place, {@code state.json} with their sizes and hashes last:
 * it is the commit mark, so nothing relies on a rename being atomic. A folder without it, or whose
 * files aren't what it says, is never used. A failing write touches no other checkpoint.
 *
 * <p>One process writes (rank 0), any number may read.
 *
 * <p>Source: design.md section 4, decision 3.
 */
public final class CheckpointStore {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);
  private static final Pattern FOLDER = Pattern.compile("step-(\\d{8,18})");

  private final FileSystem fileSystem;
  private final Path root;
  private final Consumer<String> warnings;
  private long written = -1;

  private CheckpointStore(FileSystem fileSystem, Path root, Consumer<String> warnings) {
    this.fileSystem = fileSystem;
    this.root = root;
    this.warnings = warnings;
  }

  /**
   * Opens a store; nothing is created before the first write.
   *
   * @param uri of the folder that holds the {@code step-*} folders, of any Hadoop file system
   * @throws InvalidInputException if the file system can't be reached
   */
  public static CheckpointStore open(String uri, Configuration configuration) {
    Path root = Locations.resolve(uri, configuration);
    return open(fileSystem(root, configuration), root, LOG::warn);
  }

  static CheckpointStore open(FileSystem fileSystem, Path root, Consumer<String> warnings) {
    return new CheckpointStore(fileSystem, root, warnings);
  }

  /**
   * Opens one checkpoint by its own folder. Hashes are checked when its tensors are read.
   *
   * @param uri of a {@code step-*} folder
   * @throws InvalidInputException if it isn't there, incomplete or of other sizes
   */
  public static Checkpoint read(String uri, Configuration configuration) {
    Path folder = Locations.resolve(uri, configuration);
    return existing(fileSystem(folder, configuration), folder);
  }

  /** The step numbers that have a folder, whole or not, oldest first. */
  public List<Long> steps() {
    List<Long> steps = new ArrayList<>();
    try {
      for (FileStatus status : fileSystem.listStatus(root)) {
        Matcher matcher = FOLDER.matcher(status.getPath().getName());
        if (status.isDirectory() && matcher.matches()) {
          steps.add(Long.valueOf(matcher.group(1)));
        }
      }
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      throw StoreFailures.of("Cannot list " + root + ": " + e.getMessage(), e);
    }
    steps.sort(Comparator.naturalOrder());
    return steps;
  }

  /**
   * The newest checkpoint whose files have the sizes and hashes of its state. Newer ones that
   * haven't are skipped with one warning each.
   *
   * <p>A folder of step 0 that was never committed, and nothing beside it, counts as none: no step
   * was done yet, so a run killed there begins again.
   *
   * @return empty if there is no checkpoint at all
   * @throws InvalidInputException if there are some, but none is whole
   */
  public Optional<Checkpoint> newest() {
    List<Long> steps = steps();
    Map<Path, String> skipped = new LinkedHashMap<>();
    for (int i = steps.size() - 1; i >= 0; i--) {
      Path folder = folder(steps.get(i));
      try {
        Checkpoint checkpoint = Checkpoint.open(fileSystem, folder);
        checkpoint.verify();
        skipped.forEach(
            (path, what) ->
                warnings.accept(
                    "Skipping checkpoint %s: %s; going on from %s"
                        .formatted(path.toUri().getPath(), what, checkpoint)));
        return Optional.of(checkpoint);
      } catch (DamagedException | IOException e) {
        // What can't be read now may be whole: going on from an older one would lose steps.
        StoreFailures.throwIfStores(folder, e);
        if (!isEmpty(folder)) {
          skipped.put(folder, e.getMessage());
        }
      }
    }
    if (skipped.isEmpty()
        || (skipped.keySet().equals(Set.of(folder(0))) && !isCommitted(folder(0)))) {
      return Optional.empty();
    }
    Map.Entry<Path, String> newest = skipped.entrySet().iterator().next();
    throw new InvalidInputException(
        "Checkpoint %s is damaged: %s; there is no older whole one, so restore it from a copy, or delete %s to start again"
            .formatted(newest.getKey().toUri().getPath(), newest.getValue(), root));
  }

  /**
   * The checkpoint of one step. Hashes are checked when its tensors are read.
   *
   * @throws InvalidInputException if it isn't there, incomplete or of other sizes
   */
  public Checkpoint at(long step) {
    return existing(fileSystem, folder(step));
  }

  /**
   * Writes a checkpoint. What stands in its folder from an earlier attempt is cleared first.
   *
   * @param state without files; sizes and hashes are filled in
   * @param contents by file name, written in this order
   * @throws StoreException if it can't be written, on a full disk for instance; its folder is then
   *     removed as far as possible, and all others are as they were
   */
  public Checkpoint write(CheckpointState state, Map<String, FileContent> contents) {
    Path folder = folder(state.step());
    try {
      delete(folder);
      fileSystem.mkdirs(folder);
      Map<String, FileEntry> entries = new LinkedHashMap<>();
      for (Map.Entry<String, FileContent> file : contents.entrySet()) {
        entries.put(file.getKey(), writeFile(new Path(folder, file.getKey()), file.getValue()));
      }
      CheckpointState complete = state.withFiles(entries);
      byte[] json = complete.toJson();
      writeFile(new Path(folder, Checkpoint.STATE), out -> out.write(json));
      written = state.step();
      return new Checkpoint(fileSystem, folder, complete);
    } catch (IOException | UncheckedIOException e) {
      StoreException failure =
          new StoreException(
              "Cannot write checkpoint %s: %s; free space or mend that file system, then run the same command again to go on from the checkpoint before"
                  .formatted(folder.toUri().getPath(), e.getMessage()),
              e);
      try {
        delete(folder);
      } catch (IOException leftover) {
        failure.addSuppressed(leftover);
      }
      throw failure;
    }
  }

  /**
   * Deletes all but the newest {@code keep} checkpoints, and damaged folders older than those. The
   * newest one that stays is known to be whole: it was written by this store, or is verified here.
   *
   * @param keep at least 1
   */
  public void retain(int keep) {
    if (keep < 1) {
      throw new IllegalArgumentException("Checkpoints to keep must be at least 1, found " + keep);
    }
    List<Long> steps = steps();
    int kept = 0;
    for (int i = steps.size() - 1; i >= 0; i--) {
      Path folder = folder(steps.get(i));
      try {
        if (kept >= keep) {
          delete(folder);
          continue;
        }
        Checkpoint checkpoint = Checkpoint.open(fileSystem, folder);
        if (kept == 0 && steps.get(i) != written) {
          checkpoint.verify();
        }
        kept++;
      } catch (DamagedException e) {
        LOG.debug("Not counting {}: {}", folder, e.getMessage());
      } catch (IOException e) {
        // Too many checkpoints do no harm; the next retention tries again.
        warnings.accept("Cannot delete old checkpoint " + folder + ": " + e.getMessage());
      }
    }
  }

  /**
   * Deletes what killed writers left after a step: folders that were never committed. For the
   * writer only.
   *
   * @param step of the checkpoint that training goes on from
   */
  public void deleteLeftovers(long step) {
    for (long later : steps()) {
      try {
        if (later > step && !isCommitted(folder(later))) {
          delete(folder(later));
        }
      } catch (IOException e) {
        warnings.accept("Cannot delete the half-written " + folder(later) + ": " + e.getMessage());
      }
    }
  }

  /** Nothing was written there, or all was deleted: some stores list it for a while longer. */
  private boolean isEmpty(Path folder) {
    try {
      for (FileStatus file : fileSystem.listStatus(folder)) {
        if (fileSystem.exists(file.getPath())) {
          return false;
        }
      }
      return true;
    } catch (FileNotFoundException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private Path folder(long step) {
    return new Path(root, String.format(Locale.ROOT, "step-%08d", step));
  }

  /** A mark that was cut short, as by a kill while it was written, commits nothing. */
  private boolean isCommitted(Path folder) {
    try {
      Checkpoint.readState(fileSystem, folder);
      return true;
    } catch (DamagedException e) {
      return false;
    } catch (IOException e) {
      throw StoreFailures.of("Cannot read " + folder + ": " + e.getMessage(), e);
    }
  }

  /** The commit mark goes first, so that a kill half-way leaves no folder that looks whole. */
  private void delete(Path folder) throws IOException {
    if (fileSystem.exists(folder)) {
      fileSystem.delete(new Path(folder, Checkpoint.STATE), false);
      fileSystem.delete(folder, true);
    }
  }

  private FileEntry writeFile(Path file, FileContent content) throws IOException {
    try (FSDataOutputStream sink = fileSystem.create(file, false);
        HashingOutputStream hashed = new HashingOutputStream(sink);
        BufferedOutputStream out = new BufferedOutputStream(hashed, 1 << 20)) {
      content.writeTo(out);
      out.flush();
      if (sink.hasCapability(StreamCapabilities.HSYNC)) {
        sink.hsync();
      }
      return hashed.entry();
    }
  }

  private static Checkpoint existing(FileSystem fileSystem, Path folder) {
    try {
      if (!fileSystem.exists(folder)) {
        throw new InvalidInputException(
            "No checkpoint at " + folder + ": give a step-* folder that exists");
      }
      return Checkpoint.open(fileSystem, folder);
    } catch (DamagedException | IOException e) {
      StoreFailures.throwIfStores(folder, e);
      throw Checkpoint.damaged(folder, e.getMessage());
    }
  }

  private static FileSystem fileSystem(Path path, Configuration configuration) {
    try {
      // Without Hadoop's own checksum files: state.json has better ones.
      return LocalFiles.plain(path.getFileSystem(configuration));
    } catch (IOException e) {
      throw StoreFailures.of("Cannot reach " + path + ": " + e.getMessage(), e);
    }
  }
}
