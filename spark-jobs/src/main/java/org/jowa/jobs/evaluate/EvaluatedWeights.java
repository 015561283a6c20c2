package org.jowa.jobs.evaluate;

import org.apache.hadoop.conf.Configuration;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.world.WorldConfig;

/**
 * The tokenizer and the model that play, loaded once in each JVM: all tasks of an executor read the
 * same copy and none changes it.
 */
final class EvaluatedWeights {
  private static String loadedFrom = "";
  private static EvaluatedWeights loaded;

  private final FrameTokenizer tokenizer;
  private final WorldDecoder decoder;

  private EvaluatedWeights(FrameTokenizer tokenizer, WorldDecoder decoder) {
    this.tokenizer = tokenizer;
    this.decoder = decoder;
  }

  /** The weights of two checkpoints, read when this JVM has others or none. */
  static synchronized EvaluatedWeights of(
      String tokenizerCheckpoint,
      String modelCheckpoint,
      WorldConfig config,
      Configuration hadoop) {
    String from = tokenizerCheckpoint + " " + modelCheckpoint;
    if (!from.equals(loadedFrom)) {
      Checkpoint trainedTokenizer = CheckpointStore.read(tokenizerCheckpoint, hadoop);
      Checkpoint trainedModel = CheckpointStore.read(modelCheckpoint, hadoop);
      try (Safetensors tokenizerWeights = trainedTokenizer.model();
          Safetensors modelWeights = trainedModel.model()) {
        WorldDecoder decoder = WorldDecoder.of(config, modelWeights::tensor);
        loaded = new EvaluatedWeights(FrameTokenizer.load(tokenizerWeights), decoder);
        loadedFrom = from;
      }
    }
    return loaded;
  }

  FrameTokenizer tokenizer() {
    return tokenizer;
  }

  /** A decoder for the calling thread, which closes it; all share one copy of the weights. */
  WorldDecoder decoder() {
    return decoder.sharingWeights();
  }
}
