package org.jowa.data.storage;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.jowa.error.InvalidInputException;
import org.jowa.process.FileNames;

/**
 * Turns a path or URI as a user gave it into one that means the same in every process of a job.
 *
 * <p>A relative path on local disks starts from the folder where the command was given, and not
 * from the folder that a cluster happens to run a task in.
 */
public final class Locations {
  /**
   * Setting of the Hadoop configuration: the folder that relative paths on local disks start from.
   * Not set: from each process's own. {@link #NONE}: there is no such folder, and they are refused.
   */
  public static final String WORKING_DIRECTORY = "jowa.working-directory";

  /** Value of {@link #WORKING_DIRECTORY} for a driver that runs on a machine of the cluster. */
  public static final String NONE = "none";

  private Locations() {}

  /**
   * @param location a path or URI
   * @throws InvalidInputException if it is a relative path on local disks where those mean nothing,
   *     no URI at all, or on local disks and this process can't name it
   */
  public static Path resolve(String location, Configuration configuration) {
    String base = configuration.get(WORKING_DIRECTORY);
    Path path = path(location);
    if (!FileNames.isUsable(location) && isLocal(path, configuration)) {
      FileNames.requireUsable(location);
    }
    if (base == null || path.isAbsolute() || !isLocal(path, configuration)) {
      return path;
    }
    if (base.equals(NONE)) {
      throw new InvalidInputException(
          "%s is a relative path, which is another folder on every machine of a cluster: give a full path or a URI"
              .formatted(location));
    }
    return new Path(path(base), path.toUri().getPath());
  }

  private static Path path(String location) {
    try {
      return new Path(location);
    } catch (IllegalArgumentException e) {
      if (location.indexOf(':') >= 0) {
        throw new InvalidInputException(
            "Can't use the folder '%s': file systems take what stands before the colon for their own name, as in hdfs:/data; rename it, or give its full path"
                .formatted(location),
            e);
      }
      throw new InvalidInputException(
          "Can't use the folder '%s': %s.".formatted(location, e.getMessage()), e);
    }
  }

  private static boolean isLocal(Path path, Configuration configuration) {
    try {
      return path.getFileSystem(configuration) instanceof LocalFileSystem;
    } catch (IOException e) {
      // Whoever opens it says why it can't be.
      return false;
    }
  }
}
