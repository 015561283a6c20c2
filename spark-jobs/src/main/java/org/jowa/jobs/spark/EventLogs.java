package org.jowa.jobs.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.util.Utils;
import org.jowa.error.UsageException;

/** Spark's event logs, which the history server shows. */
final class EventLogs {
  private static final String ENABLED = "spark.eventLog.enabled";
  private static final String FOLDER = "spark.eventLog.dir";
  private static final String DEFAULT_FOLDER = "file:///tmp/spark-events";

  private EventLogs() {}

  /**
   * @throws UsageException if event logs are asked for and their folder isn't there, which Spark
   *     doesn't make
   */
  static void requireFolder(SparkConf conf) {
    if (!conf.getBoolean(ENABLED, false)) {
      return;
    }
    String folder = conf.get(FOLDER, DEFAULT_FOLDER);
    try {
      Path path = new Path(Utils.resolveURI(folder));
      if (!path.getFileSystem(SparkHadoopUtil.get().newConfiguration(conf))
          .getFileStatus(path)
          .isDirectory()) {
        throw missing(folder);
      }
    } catch (FileNotFoundException e) {
      throw missing(folder);
    } catch (IOException e) {
      throw new UsageException("Can't reach %s=%s: %s".formatted(FOLDER, folder, e.getMessage()));
    }
  }

  private static UsageException missing(String folder) {
    return new UsageException(
        "%s is true, but %s=%s is no folder: make it, name another, or use --conf %s=false"
            .formatted(ENABLED, FOLDER, folder, ENABLED));
  }
}
