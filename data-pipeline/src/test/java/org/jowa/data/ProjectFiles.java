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

  private static Path root() {
    return Path.of(System.getProperty("jowa.project"));
  }
}
