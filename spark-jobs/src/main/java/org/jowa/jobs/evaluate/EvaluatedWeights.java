package org.jowa.jobs.evaluate;

import org.apache.hadoop.conf.Configuration;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.FlatParameters.Strictness;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldConfig;

/**
 * The tokenizer and the model that play, loaded once in each JVM: all tasks of an executor read the
 * same copy and none changes it.
 */
final class EvaluatedWeights {
  private static String loadedFrom = "";
  private static EvaluatedWeights loaded;

  private final FrameTokenizer tokenizer;
  private final WorldActionModel model;

  private EvaluatedWeights(FrameTokenizer tokenizer, WorldActionModel model) {
    this.tokenizer = tokenizer;
    this.model = model;
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
        WorldActionModel model = WorldActionModel.create(config, 0);
        model.parameters().copyFrom(modelWeights, Strictness.IGNORE_UNKNOWN);
        loaded = new EvaluatedWeights(FrameTokenizer.load(tokenizerWeights), model);
        loadedFrom = from;
      }
    }
    return loaded;
  }

  FrameTokenizer tokenizer() {
    return tokenizer;
  }

  WorldActionModel model() {
    return model;
  }
}
