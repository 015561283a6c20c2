package org.jowa.jobs.run;

import java.util.Map;
import java.util.TreeMap;
import org.jowa.model.torch.TorchRuntime;

/** The versions of the programs that make a run's results. */
public final class Versions {
  private Versions() {}

  /** By name, sorted. */
  public static Map<String, String> current() {
    Map<String, String> versions = new TreeMap<>();
    String own = Versions.class.getPackage().getImplementationVersion();
    versions.put("jowa", own == null ? "development" : own);
    versions.put("java", Runtime.version().toString());
    versions.put("spark", spark());
    versions.put("libtorch", TorchRuntime.LIBTORCH_VERSION);
    return versions;
  }

  /** That of the Spark on the class path. */
  public static String spark() {
    return org.apache.spark.package$.MODULE$.SPARK_VERSION();
  }
}
