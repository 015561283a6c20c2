package org.jowa.model.settings;

import java.util.Locale;
import org.jowa.error.UsageException;

/**
 * What both trainings share. None of it but the seed decides the result, so all but the seed may
 * change when a run is resumed.
 *
 * @param seed of the run
 * @param threads intra-op threads of this rank
 * @param ranks that the run was planned for: with fewer, a rank cuts its larger share of a batch
 *     into passes, so that it needs no more memory
 * @param bucketMib size of the parts in MiB in which gradients are summed over ranks: with more
 *     than two it decides the order of summation, and so the last bits
 * @param overlapGradients whether such a part travels while other gradients are computed
 * @param checkpointEvery steps between checkpoints
 * @param checkpointKeep newest checkpoints that stay
 * @param metricsEvery steps between lines of metrics
 * @param heldOutEvery steps between held-out losses, which also open and close each run; 0 for none
 * @param heldOutBatches global batches of a held-out pass, fewer if the split has fewer
 */
public record TrainSettings(
    long seed,
    int threads,
    int ranks,
    int bucketMib,
    boolean overlapGradients,
    long checkpointEvery,
    int checkpointKeep,
    long metricsEvery,
    long heldOutEvery,
    long heldOutBatches) {
  public static final String BUCKET_MIB = "gradients.bucket-mib";

  /** Checks the ranges. */
  public TrainSettings {
    Ranges.atLeast("threads", threads, 1);
    Ranges.atLeast("ranks", ranks, 1);
    Ranges.atLeast(BUCKET_MIB, bucketMib, 1);
    Ranges.atLeast("checkpoint.every", checkpointEvery, 1);
    Ranges.atLeast("checkpoint.keep", checkpointKeep, 1);
    Ranges.atLeast("metrics.every", metricsEvery, 1);
    Ranges.atLeast("metrics.held-out-every", heldOutEvery, 0);
    Ranges.atLeast("metrics.held-out-batches", heldOutBatches, 1);
  }

  /** Numbers in a bucket of gradients. */
  public long bucketElements() {
    return (long) bucketMib * (1 << 20) / Float.BYTES;
  }

  /** Checks of settings, worded for users. */
  static final class Ranges {
    private Ranges() {}

    static void atLeast(String key, long value, long least) {
      if (value < least) {
        throw new UsageException(
            String.format(Locale.ROOT, "%s is %d: it must be at least %d", key, value, least));
      }
    }

    static void positive(String key, double value) {
      if (!(value > 0 && Double.isFinite(value))) {
        throw new UsageException("%s is %s: it must be above 0".formatted(key, value));
      }
    }

    static void notNegative(String key, double value) {
      if (!(value >= 0 && Double.isFinite(value))) {
        throw new UsageException("%s is %s: it must not be negative".formatted(key, value));
      }
    }
  }
}
