package org.jowa.data;

import java.nio.file.Path;

/** Test data that the project carries. */
public final class ProjectFiles {
  private ProjectFiles() {}

  /** Small replay logs of three games. */
  public static Path sampleLogs() {
    return root().resolve("integration-tests/dqn-replay-sample");
  }

  /** Golden vectors. */
  public static Path golden() {
    return root().resolve("integration-tests/golden");
  }

  /** A data set that an older version of this program made. */
  public static Path dataset(String name) {
    return root().resolve("data-pipeline/src/test/resources").resolve(name);
  }

  /** The page that tells others how to read a data set. */
  public static Path datasetFormat() {
    return root().resolve("docs/dataset-format.md");
  }

  private static Path root() {
    return Path.of(System.getProperty("jowa.project"));
  }
}
