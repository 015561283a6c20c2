package org.jowa.model.settings;

import java.util.Optional;

/**
 * What both trainings share. None of it but the seed decides the result, so all but the seed may
 * change when a run is resumed.
 *
 * @param seed of the run
 * @param threads intra-op threads of this rank
 * @param ranks that the run was planned for: with fewer, a rank cuts its larger share of a batch
 *     into passes, so that it needs no more memory
 * @param gradients how they are summed over ranks
 * @param checkpoint when one is written
 * @param metrics when they are taken
 */
public record TrainSettings(
    long seed,
    int threads,
    int ranks,
    Gradients gradients,
    Checkpoints checkpoint,
    Metrics metrics) {

  /**
   * How gradients are summed over ranks.
   *
   * @param bucketMib size of the parts in MiB that travel: with more than two ranks it decides the
   *     order of summation, and so the last bits
   * @param overlap whether such a part travels while other gradients are computed
   */
  @Section("gradients")
  public record Gradients(
      @Setting(
              value = "MiB that travel together; from 3 ranks on it decides the last bits",
              range = "[1, 1024]",
              before = "16")
          int bucketMib,
      @Setting(value = "send what is complete while the rest is computed", before = "false")
          boolean overlap) {
    /** The key of what decides last bits. */
    public static final String BUCKET_MIB = "gradients.bucket-mib";

    /** Numbers in a part. */
    public long bucketElements() {
      return (long) bucketMib * (1 << 20) / Float.BYTES;
    }
  }

  /**
   * When checkpoints are written.
   *
   * @param every steps between them
   * @param keep newest ones that stay
   */
  @Section("checkpoint")
  public record Checkpoints(
      @Setting(value = "optimizer steps between checkpoints", range = "[1, 1e9]") long every,
      @Setting(value = "newest checkpoints that are kept", range = "[1, 1e4]") int keep) {}

  /**
   * When metrics are taken, and who gets them.
   *
   * @param every steps between lines of metrics
   * @param heldOutEvery steps between held-out losses, which also open and close each run; 0 for
   *     none
   * @param heldOutBatches global batches of a held-out pass, fewer if the split has fewer
   * @param mlflow address of an MLflow server
   * @param mlflowExperiment its experiment
   */
  @Section("metrics")
  public record Metrics(
      @Setting(value = "optimizer steps between lines of metrics.jsonl", range = "[1, 1e9]")
          long every,
      @Setting(value = "optimizer steps between held-out losses; 0 = none", range = "[0, 1e9]")
          long heldOutEvery,
      @Setting(value = "batches that held-out losses are taken over", range = "[1, 1e9]")
          long heldOutBatches,
      @Setting(
              value = "address of an MLflow server that gets the same; null = none",
              before = "null")
          Optional<String> mlflow,
      @Setting(value = "experiment there that runs belong to", before = "jowa")
          String mlflowExperiment) {}
}
