package org.jowa.jobs.launch;

import java.util.Locale;
import org.apache.spark.SparkConf;
import org.jowa.error.UsageException;
import org.jowa.jobs.spark.SparkJobs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Spark's settings for an application whose tasks are ranks. */
final class RankConf {
  private static final Logger LOG = LoggerFactory.getLogger(RankConf.class);

  /** The user's word that gradients may travel in the clear between executors. */
  static final String ALLOW_PLAINTEXT = "spark.jowa.ring.allowPlaintext";

  private RankConf() {}

  /**
   * Fills in what the user hasn't set: one process for each rank, with the cores and native memory
   * that it takes, and as many failures of executors as there may be in weeks.
   *
   * @throws UsageException if the user has set what ranks can't live with
   */
  static void fillIn(SparkConf conf, int ranks, int threads) {
    requireFixedTasks(conf);
    String master = conf.get("spark.master");
    if (SparkJobs.isLocal(master)) {
      requireSlots(conf, master, ranks);
      return;
    }
    RankPlugin.addTo(conf);
    conf.setIfMissing("spark.executor.cores", Integer.toString(threads));
    conf.setIfMissing("spark.executor.instances", Integer.toString(ranks));
    conf.setIfMissing("spark.cores.max", Integer.toString(ranks * threads));
    // Reports of ranks travel with heartbeats, and are what is known of one that was killed.
    conf.setIfMissing("spark.executor.heartbeatInterval", "2s");
    // Weights, gradients and activations are torch's and lie outside the heap.
    conf.setIfMissing("spark.executor.memoryOverhead", "3g");
    conf.setIfMissing("spark.executor.maxNumFailures", "1000");
    conf.setIfMissing("spark.executor.failuresValidityInterval", "1h");
  }

  /**
   * @throws UsageException if ranks can't run together as Spark is configured
   */
  static void requireStartable(SparkConf conf, int ranks) {
    requireFixedTasks(conf);
    String master = conf.get("spark.master");
    if (SparkJobs.isLocal(master)) {
      requireSlots(conf, master, ranks);
    } else {
      requireNoSilentPlaintext(conf);
    }
  }

  private static void requireFixedTasks(SparkConf conf) {
    requireOff(conf, "spark.dynamicAllocation.enabled", "executors that come and go");
    requireOff(conf, "spark.speculation", "copies of a running task");
  }

  private static void requireOff(SparkConf conf, String setting, String what) {
    if (conf.getBoolean(setting, false)) {
      throw new UsageException(
          "%s=true gives %s, which ranks that work together can't have: use --conf %s=false"
              .formatted(setting, what, setting));
    }
  }

  private static void requireSlots(SparkConf conf, String master, int ranks) {
    int cpus = conf.getInt("spark.task.cpus", 1);
    int slots = cores(master) / cpus;
    if (slots < ranks) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "%d ranks of %d cores each need %d slots at once, but --master %s has %d: use"
                  + " --master local[%d] or fewer --ranks",
              ranks,
              cpus,
              ranks,
              master,
              slots,
              ranks * cpus));
    }
  }

  /** Spark's encryption covers Spark's own connections, not those between ranks. */
  private static void requireNoSilentPlaintext(SparkConf conf) {
    boolean encrypted =
        conf.getBoolean("spark.network.crypto.enabled", false)
            || conf.getBoolean("spark.authenticate.enableSaslEncryption", false)
            || conf.getBoolean("spark.ssl.rpc.enabled", false);
    if (encrypted && !conf.getBoolean(ALLOW_PLAINTEXT, false)) {
      throw new UsageException(
          "Spark encrypts its network, but the ring of ranks doesn't: its members prove that they know the attempt's secret, and gradients travel in the clear. Use --conf %s=true if that network may carry them"
              .formatted(ALLOW_PLAINTEXT));
    }
    if (encrypted || conf.getBoolean("spark.authenticate", false)) {
      LOG.warn(
          "The ring of ranks is authenticated by a secret of its own, made for each attempt;"
              + " gradients travel unencrypted between executors");
    }
  }

  /** {@code local} is 1, {@code local[4]} and {@code local[4,2]} are 4, {@code local[*]} is all. */
  private static int cores(String master) {
    String inside = master.equals("local") ? "1" : master.replaceAll("^local\\[|[,\\]].*$", "");
    return inside.equals("*")
        ? Runtime.getRuntime().availableProcessors()
        : Integer.parseInt(inside);
  }
}
