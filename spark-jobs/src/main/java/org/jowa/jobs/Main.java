package org.jowa.jobs;

import org.jowa.jobs.cli.CommandLines;
import org.jowa.jobs.process.NamelessUser;
import org.jowa.process.MachineLocale;

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
    MachineLocale.use();
    NamelessUser.name();
    // The natives are on the class path: DJL has nothing to download, and nobody to call.
    System.setProperty("ai.djl.offline", "true");
    // Its warnings go where all logs go; it looks once, when its first class loads.
    System.setProperty("org.bytedeco.javacpp.logger", "slf4j");
    StringBuilder report = new StringBuilder();
    int status =
        CommandLines.run(
            args,
            line -> {
              System.err.println(line);
              report.append(line);
            });
    boolean inCluster = "cluster".equals(System.getProperty("spark.submit.deployMode"));
    if (status != CommandLines.OK
        && inCluster
        && "yarn".equals(System.getProperty("spark.master"))) {
      // What a driver in YARN throws is shown to the user who submitted it, what it prints is not.
      throw new CommandFailedException(report.toString());
    }
    // Returning from a failure would let spark-submit report success. Returning from a success
    // would do, but for Spark 3.5, whose barrier stages leave a thread that keeps a local driver
    // alive. A driver inside the cluster has to return: YARN takes an early exit for a failure.
    if (status != CommandLines.OK || !inCluster) {
      System.exit(status);
    }
  }
}
