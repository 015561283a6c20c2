package org.jowa.jobs.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.hadoop.security.UserGroupInformation;
import org.jowa.error.UsageException;

/**
 * A user id that the machine has no name for, as containers are often started with. The JVM says
 * {@code ?} for name and home folder, and Hadoop refuses to read a file for a user without a name.
 */
public final class NamelessUser {
  private static final String UNKNOWN = "?";
  private static final String HADOOP_NAME = "HADOOP_USER_NAME";

  private NamelessUser() {}

  /** Tells Hadoop a name, before it asks the system, where that has none. */
  public static void name() {
    name(System.getProperties(), System.getenv());
  }

  static void name(Properties properties, Map<String, String> environment) {
    if (isNameless(properties) && !UserGroupInformation.isSecurityEnabled()) {
      String name = Optional.ofNullable(environment.get(HADOOP_NAME)).orElse("user-" + id());
      UserGroupInformation.setLoginUser(UserGroupInformation.createRemoteUser(name));
    }
  }

  /**
   * The home folder to give to a JVM, or empty where it finds it by itself.
   *
   * @param properties of a JVM that looked
   */
  public static Optional<Path> home(Properties properties, Map<String, String> environment) {
    if (!UNKNOWN.equals(properties.getProperty("user.home"))) {
      return Optional.empty();
    }
    Path home = Path.of(environment.getOrDefault("HOME", "/"));
    return Optional.of(
        Files.isWritable(home) ? home : Path.of(properties.getProperty("java.io.tmpdir")));
  }

  /**
   * @param local whether tasks run in the driver
   * @throws UsageException if the user is nameless and other processes would have to be started,
   *     which ask the system before any code of ours runs
   */
  public static void requireNameOrLocal(boolean local) {
    if (isNameless(System.getProperties()) && !local) {
      throw new UsageException(
          "User id "
              + id()
              + " has no name on this machine, and Spark's and Hadoop's processes need one to work"
              + " with a cluster: add the user to /etc/passwd, or use --master local[N]");
    }
  }

  private static boolean isNameless(Properties properties) {
    return UNKNOWN.equals(properties.getProperty("user.name"));
  }

  private static String id() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString();
    } catch (IOException | RuntimeException e) {
      return "unknown";
    }
  }
}
