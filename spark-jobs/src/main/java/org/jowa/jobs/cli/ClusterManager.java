package org.jowa.jobs.cli;

import java.util.Map;
import java.util.regex.Pattern;
import org.jowa.error.UsageException;

/** What {@code --master} needs on the machine that submits, where Spark would end in a trace. */
final class ClusterManager {
  private static final Pattern LOCAL =
      Pattern.compile(
          "local(\\[(\\d+|\\*)(,\\d+)?])?|local-cluster\\[\\s*\\d+(\\s*,\\s*\\d+){2}\\s*]");

  private static final String YARN_CLIENT = "spark-yarn_2.13";
  private static final String KUBERNETES_CLIENT = "spark-kubernetes_2.13";

  private ClusterManager() {}

  /**
   * @param environment of this process
   * @throws UsageException if Spark has no such master, or this Spark can't talk to it
   */
  static void require(String master, Installation installation, Map<String, String> environment) {
    if (master.equals("yarn")) {
      if (!environment.containsKey("HADOOP_CONF_DIR")
          && !environment.containsKey("YARN_CONF_DIR")) {
        throw new UsageException(
            "--master yarn needs HADOOP_CONF_DIR: the folder with the cluster's core-site.xml and yarn-site.xml");
      }
      requireJar(YARN_CLIENT, master, installation);
    } else if (master.startsWith("k8s://")) {
      requireJar(KUBERNETES_CLIENT, master, installation);
    } else if (!master.startsWith("spark://") && !LOCAL.matcher(master).matches()) {
      throw new UsageException(
          "--master %s is none of Spark's: local[N], local-cluster[N,CORES,MIB], spark://HOST:PORT, yarn or k8s://URL"
              .formatted(master));
    }
  }

  private static void requireJar(String artifact, String master, Installation installation) {
    if (!installation.sparkHas(artifact)) {
      throw new UsageException(
          "--master %s needs a Spark with %s, which %s/jars doesn't have: set SPARK_HOME to a distribution of Spark for Scala 2.13"
              .formatted(master, artifact, installation.sparkHome()));
    }
  }
}
