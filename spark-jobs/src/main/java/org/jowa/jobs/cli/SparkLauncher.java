package org.jowa.jobs.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jowa.error.Reason;

/**
 * Asks Spark's own launcher for the process that a spark-submit line stands for, as the
 * spark-submit script of a distribution does. A Spark put together from jars has no scripts.
 */
final class SparkLauncher {
  /** The launcher ends its greeting with this and then writes each word followed by NUL. */
  private static final String START = "\0\n";

  private SparkLauncher() {}

  /** The words of the process; {@code SPARK_HOME} in the environment says which Spark. */
  static List<String> command(List<String> options, List<String> arguments) {
    List<String> words = new ArrayList<>(List.of("org.apache.spark.deploy.SparkSubmit"));
    words.addAll(options);
    words.addAll(arguments);
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    PrintStream standardOutput = System.out;
    System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
    try {
      Class<?> launcher = Class.forName("org.apache.spark.launcher.Main");
      Method main = launcher.getDeclaredMethod("main", String[].class);
      main.setAccessible(true);
      main.invoke(null, (Object) words.toArray(String[]::new));
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("Spark's launcher failed: " + Reason.behind(e), e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("No Spark launcher among the jars of SPARK_HOME", e);
    } finally {
      System.setOut(standardOutput);
    }
    String output = written.toString(StandardCharsets.UTF_8);
    int start = output.indexOf(START);
    String command = start < 0 ? output : output.substring(start + START.length());
    // We use nothing of that module, and the JVM prints a warning for it.
    return Arrays.stream(command.split("\0"))
        .filter(word -> !word.equals("--add-modules=jdk.incubator.vector"))
        .toList();
  }
}
