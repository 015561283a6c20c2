package org.jowa.jobs.evaluate;

import org.apache.hadoop.conf.Configuration;
import org.jowa.jobs.launch.SharedByTasks;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.FlatParameters.Strictness;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldConfig;

/**
 * The tokenizer and the model that play, loaded once in each JVM: all tasks of an executor read the
 * same copy and none changes it. Those of an earlier evaluation are freed when another's are asked
 * for.
 */
record EvaluatedWeights(FrameTokenizer tokenizer, WorldActionModel model) implements AutoCloseable {
  private static final SharedByTasks<EvaluatedWeights> LOADED = new SharedByTasks<>();

  /** The weights of two checkpoints, read when this JVM has others or none. */
  static SharedByTasks<EvaluatedWeights>.Lease lease(
      String tokenizerCheckpoint,
      String modelCheckpoint,
      WorldConfig config,
      Configuration hadoop) {
    return LOADED.lease(
        String.join(" ", tokenizerCheckpoint, modelCheckpoint, config.toString()),
        () -> load(tokenizerCheckpoint, modelCheckpoint, config, hadoop));
  }

  /** Frees what this JVM has, as soon as no task plays with it. */
  static void retire() {
    LOADED.retire();
  }

  private static EvaluatedWeights load(
      String tokenizerCheckpoint,
      String modelCheckpoint,
      WorldConfig config,
      Configuration hadoop) {
    Checkpoint trainedTokenizer = CheckpointStore.read(tokenizerCheckpoint, hadoop);
    Checkpoint trainedModel = CheckpointStore.read(modelCheckpoint, hadoop);
    WorldActionModel model = WorldActionModel.create(config, 0);
    try (Safetensors tokenizerWeights = trainedTokenizer.model();
        Safetensors modelWeights = trainedModel.model()) {
      model.parameters().copyFrom(modelWeights, Strictness.IGNORE_UNKNOWN);
      return new EvaluatedWeights(FrameTokenizer.load(tokenizerWeights), model);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  @Override
  public void close() {
    tokenizer.close();
    model.close();
  }
}
