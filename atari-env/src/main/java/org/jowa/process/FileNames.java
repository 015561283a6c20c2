package org.jowa.process;

import java.nio.charset.Charset;
import org.jowa.error.UsageException;

/**
 * Names of files in the character set that the JVM took over from the locale it was started in. In
 * the C locale, which services and containers have, that is ASCII: a file with an umlaut in its
 * name is not found, and one that is written gets another name without a word.
 */
public final class FileNames {
  /** What the JVM puts where it couldn't read a character. */
  private static final char UNREADABLE = '\uFFFD';

  private FileNames() {}

  /**
   * Refuses what this process would write under another name, or not find.
   *
   * @param name a path, or anything else that may hold one
   * @throws UsageException if it can't name a file so
   */
  public static void requireUsable(String name) {
    requireUsable(name, ofProcess());
  }

  /** Whether this process can name a file so. */
  public static boolean isUsable(String name) {
    return isUsable(name, ofProcess());
  }

  static boolean isUsable(String name, Charset charset) {
    return name.indexOf(UNREADABLE) < 0 && charset.newEncoder().canEncode(name);
  }

  private static Charset ofProcess() {
    return Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
  }

  static void requireUsable(String name, Charset charset) {
    if (!isUsable(name, charset)) {
      throw new UsageException(
          "Can't use '%s': this process names files in %s, which lacks some of its characters; set LC_ALL=C.UTF-8 in its environment (executors: --conf spark.executorEnv.LC_ALL=C.UTF-8, a driver in YARN: spark.yarn.appMasterEnv.LC_ALL, in Kubernetes: spark.kubernetes.driverEnv.LC_ALL)"
              .formatted(name, charset.name()));
    }
  }
}
