package org.jowa.jobs.process;

import java.util.Map;
import java.util.TreeMap;

/**
 * The variables that a driver or executor of ours gets where the user has not set them. The one
 * place for them: {@code bin/jowa} gives them to the driver that it starts, asks YARN or Kubernetes
 * to give them to a driver in the cluster, and every driver has Spark give them to the executors.
 */
public final class ProcessEnvironment {
  private ProcessEnvironment() {}

  /**
   * @param threads cores that one task computes with
   */
  public static Map<String, String> of(int threads) {
    Map<String, String> variables = new TreeMap<>();
    // Bit-equal results need a fixed number of threads in every matrix product.
    variables.put("MKL_DYNAMIC", "FALSE");
    variables.put("OMP_NUM_THREADS", Integer.toString(threads));
    // Daemons of clusters often run without a locale, and Java then can't name a file with an
    // umlaut.
    variables.put("LC_ALL", "C.UTF-8");
    return variables;
  }

  /** What cuBLAS needs to sum in one order only: a workspace of its own. */
  public static Map<String, String> ofGpus() {
    return Map.of("CUBLAS_WORKSPACE_CONFIG", ":4096:8");
  }
}
