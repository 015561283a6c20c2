package org.jowa.jobs.launch;

import java.util.Locale;
import org.apache.spark.SparkConf;
import org.apache.spark.network.util.JavaUtils;
import org.jowa.jobs.spark.SparkJobs;

/**
 * What memory ranks were granted beside what they took. Torch's memory lies outside the heap, where
 * a cluster manager sees it only when it kills the container.
 */
final class MemoryAdvice {
  /** A run that is longer or has larger batches takes a little more. */
  private static final double MARGIN = 1.15;

  private static final long STEP_MIB = 128;
  private static final long LEAST_OVERHEAD_MIB = 384;

  private MemoryAdvice() {}

  /**
   * @param summary of a run that ended
   */
  static String line(SparkConf conf, LaunchSummary summary) {
    if (SparkJobs.isLocal(conf.get("spark.master"))) {
      return String.format(
          Locale.ROOT, "peak memory of this process %,d MiB", summary.peakRssMib());
    }
    long heap = JavaUtils.byteStringAsMb(conf.get("spark.executor.memory", "1g"));
    long overhead = JavaUtils.byteStringAsMb(conf.get("spark.executor.memoryOverhead", "0"));
    return String.format(
        Locale.ROOT,
        "peak memory of a rank %,d MiB, %,d of them outside the heap; granted %,d (heap %,d, overhead %,d); recommended: --conf spark.executor.memoryOverhead=%dm",
        summary.peakRssMib(),
        summary.peakNativeMib(),
        heap + overhead,
        heap,
        overhead,
        recommendedOverhead(summary.peakNativeMib()));
  }

  static long recommendedOverhead(long nativeMib) {
    long needed = Math.max(LEAST_OVERHEAD_MIB, (long) (nativeMib * MARGIN));
    return (needed + STEP_MIB - 1) / STEP_MIB * STEP_MIB;
  }
}
