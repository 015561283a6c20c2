package org.jowa.jobs.evaluate;

import org.apache.hadoop.conf.Configuration;
import org.jowa.jobs.spark.SharedByTasks;
import org.jowa.jobs.spark.SharedOnDevices;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Safetensors;

/**
 * The tokenizer and the model that play, loaded once in each JVM and on each of its devices: all
 * tasks of an executor read the same copy and none changes it. Those of an earlier evaluation are
 * freed when another's are asked for.
 */
final class EvaluatedWeights implements AutoCloseable {
  private static final SharedOnDevices<EvaluatedWeights> LOADED = new SharedOnDevices<>();

  private final FrameTokenizer tokenizer;
  private final WorldDecoder decoder;

  private EvaluatedWeights(FrameTokenizer tokenizer, WorldDecoder decoder) {
    this.tokenizer = tokenizer;
    this.decoder = decoder;
  }

  /** The weights of two checkpoints, read when this JVM has others or none on the device. */
  static SharedByTasks<EvaluatedWeights>.Lease lease(
      String tokenizerCheckpoint,
      String modelCheckpoint,
      WorldConfig config,
      Device device,
      Configuration hadoop) {
    return LOADED.lease(
        device,
        String.join(" ", tokenizerCheckpoint, modelCheckpoint, config.toString()),
        () -> load(tokenizerCheckpoint, modelCheckpoint, config, device, hadoop));
  }

  /** Frees what this JVM has, as soon as no task plays with it. */
  static void retire() {
    LOADED.retire();
  }

  private static EvaluatedWeights load(
      String tokenizerCheckpoint,
      String modelCheckpoint,
      WorldConfig config,
      Device device,
      Configuration hadoop) {
    Checkpoint trainedTokenizer = CheckpointStore.read(tokenizerCheckpoint, hadoop);
    Checkpoint trainedModel = CheckpointStore.read(modelCheckpoint, hadoop);
    try (Safetensors tokenizerWeights = trainedTokenizer.tokenizer();
        Safetensors modelWeights = trainedModel.model()) {
      FrameTokenizer tokenizer = FrameTokenizer.load(tokenizerWeights, device);
      try {
        WorldDecoder decoder = WorldDecoder.of(config, modelWeights::tensor, device);
        return new EvaluatedWeights(tokenizer, decoder);
      } catch (RuntimeException e) {
        tokenizer.close();
        throw e;
      }
    }
  }

  FrameTokenizer tokenizer() {
    return tokenizer;
  }

  /** A decoder for the calling thread, which closes it; all share one copy of the weights. */
  WorldDecoder decoder() {
    return decoder.sharingWeights();
  }

  @Override
  public void close() {
    tokenizer.close();
    decoder.close();
  }
}
