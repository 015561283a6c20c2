package org.jowa.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.fs.FileUtil;

/** A Spark installation put together from jars that Maven has listed. */
public final class SparkHome {
  private static final Path PROJECT = Path.of(System.getProperty("jowa.project"));

  private SparkHome() {}

  /**
   * Links the jars together, anew.
   *
   * @param module of the build that lists them
   * @return the home, among what the build made
   */
  public static Path of(String module) {
    Path home =
        PROJECT
            .resolve("integration-tests/target/spark-homes")
            .resolve(Path.of(module).getFileName());
    // Links are deleted, not what they lead to.
    FileUtil.fullyDelete(home.toFile());
    try {
      Path jars = Files.createDirectories(home.resolve("jars"));
      Files.createDirectories(home.resolve("conf"));
      Files.createFile(home.resolve("RELEASE"));
      Files.copy(PROJECT.resolve("conf/log4j2.properties"), home.resolve("conf/log4j2.properties"));
      String list = Files.readString(PROJECT.resolve(module).resolve("target/jars.txt"));
      for (String jar : list.strip().split(":")) {
        Files.createSymbolicLink(jars.resolve(Path.of(jar).getFileName()), Path.of(jar));
      }
      return home;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
