package org.jowa.jobs.spark;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventLogsTest {
  @TempDir private Path folder;

  private final SparkConf conf = new SparkConf(false).set("spark.eventLog.enabled", "true");

  @Test
  void missingFolderIsRefusedByTheNameOfTheSetting() {
    conf.set("spark.eventLog.dir", folder.resolve("none").toString());
    assertThatThrownBy(() -> EventLogs.requireFolder(conf))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("spark.eventLog.dir=" + folder.resolve("none") + " is no folder")
        .hasMessageContaining("spark.eventLog.enabled=false");
  }

  @Test
  void folderThatIsThereAndLogsThatNobodyAsksForAreFine() {
    EventLogs.requireFolder(conf.clone().set("spark.eventLog.dir", folder.toUri().toString()));
    EventLogs.requireFolder(
        conf.set("spark.eventLog.enabled", "false").set("spark.eventLog.dir", "/nonexistent"));
  }
}
