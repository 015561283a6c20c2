package org.jowa.jobs.process;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jowa.error.UsageException;

/**
 * The versions of Java that a Spark runs on.
 *
 * <p>Source: the first page of each Spark's documentation, "Spark runs on Java ...", without those
 * older than 17, which this program is compiled for. Another one gets far: Java 24 and later fail
 * only where Hadoop asks who the user is.
 */
public final class JavaVersions {
  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");
  private static final int OLDEST = 17;

  private JavaVersions() {}

  /**
   * @param spark its version
   * @return in ascending order; empty for a Spark newer than those known here
   */
  public static List<Integer> of(String spark) {
    Matcher release = RELEASE.matcher(spark);
    if (!release.matches()) {
      return List.of();
    }
    int major = Integer.parseInt(release.group(1));
    int minor = Integer.parseInt(release.group(2));
    if (major < 4) {
      return List.of(17);
    }
    if (major == 4 && minor < 2) {
      return List.of(17, 21);
    }
    return major == 4 && minor == 2 ? List.of(17, 21, 25) : List.of();
  }

  /** Whether a Spark runs on a Java; a Spark not known here runs on any that we do. */
  public static boolean fit(String spark, int feature) {
    List<Integer> versions = of(spark);
    return versions.isEmpty() ? feature >= OLDEST : versions.contains(feature);
  }

  /** What to install, for a person. */
  public static String wanted(String spark) {
    List<Integer> versions = of(spark);
    return versions.isEmpty()
        ? "Java " + OLDEST + " or later"
        : versions.stream().map(String::valueOf).collect(Collectors.joining(" or ", "Java ", ""));
  }

  /**
   * @param spark the version in use
   * @param feature the running Java's version
   * @throws UsageException if it doesn't run on that
   */
  public static void require(String spark, int feature) {
    if (!fit(spark, feature)) {
      throw new UsageException(
          "This is Java %s at %s, and Spark %s runs on %s: install one of those and set JAVA_HOME to it"
              .formatted(feature, System.getProperty("java.home"), spark, wanted(spark)));
    }
  }
}
