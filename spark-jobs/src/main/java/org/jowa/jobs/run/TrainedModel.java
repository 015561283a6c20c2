package org.jowa.jobs.run;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.config.ModelSettings;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.torch.FlatParameters.Strictness;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldConfig;

/**
 * A world-action model in a checkpoint.
 *
 * @param checkpoint URI of its folder
 * @param stage of its last step
 * @param step optimizer steps done
 * @param hash SHA-256 of its weights' file
 * @param tokenizerHash of the tokenizer whose tokens it models
 * @param settings that it was trained with, by configuration key
 */
public record TrainedModel(
    String checkpoint,
    String stage,
    long step,
    String hash,
    String tokenizerHash,
    TreeMap<String, String> settings)
    implements Serializable {
  private static final String CODEBOOK_SIZE = "world.codebook-size";

  /** What a checkpoint's state says; no weights are read. */
  public static TrainedModel of(Checkpoint checkpoint) {
    CheckpointState state = checkpoint.state();
    return new TrainedModel(
        checkpoint.location(),
        state.stage(),
        state.step(),
        checkpoint.modelHash(),
        state.inputs().getOrDefault("tokenizer", ""),
        new TreeMap<>(state.settings()));
  }

  /** The model's sizes. */
  public WorldConfig sizes() {
    List<String> world =
        settings.entrySet().stream()
            .filter(setting -> !setting.getKey().equals(CODEBOOK_SIZE))
            .map(Map.Entry::toString)
            .toList();
    // Every key of the section is among them, so the preset decides nothing.
    Config config = Config.preset("tiny").with(world);
    return ModelSettings.worldModel(config, Integer.parseInt(settings.get(CODEBOOK_SIZE)));
  }

  /** The model with its weights. */
  public WorldActionModel load(Configuration hadoop) {
    WorldActionModel model = WorldActionModel.create(sizes(), 0);
    try (Safetensors weights = CheckpointStore.read(checkpoint, hadoop).model()) {
      model.parameters().copyFrom(weights, Strictness.EXACT);
      return model;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }
}
