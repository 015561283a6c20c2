package org.jowa.jobs;

import org.jowa.jobs.cli.CommandLines;

/**
 * The class of every spark-submit line of this project: {@code spark-submit [spark options] --class
 * org.jowa.jobs.Main spark-jobs.jar COMMAND [options]}.
 *
 * <p>The process ends with 0 on success only, with 2 on a wrong command line or configuration and
 * with 1 on anything else.
 */
public final class Main {
  private Main() {}

  /**
   * @param args the command and its options
   */
  public static void main(String[] args) {
    // The natives are on the class path: DJL has nothing to download, and nobody to call.
    System.setProperty("ai.djl.offline", "true");
    // Its warnings go where all logs go; it looks once, when its first class loads.
    System.setProperty("org.bytedeco.javacpp.logger", "slf4j");
    int status = CommandLines.run(args);
    // Returning from a failure would let spark-submit report success. Returning from a success
    // would do, but for Spark 3.5, whose barrier stages leave a thread that keeps a local driver
    // alive. A driver inside the cluster has to return: YARN takes an early exit for a failure.
    if (status != CommandLines.OK
        || !"cluster".equals(System.getProperty("spark.submit.deployMode"))) {
      System.exit(status);
    }
  }
}
