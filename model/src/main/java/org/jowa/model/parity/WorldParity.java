package org.jowa.model.parity;

import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.loss.C51;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;
import org.jowa.model.world.WorldHeads;
import org.jspecify.annotations.Nullable;

/**
 * Compares the world-action model, its losses, gradients and optimizer steps with golden vectors of
 * the reference. Cases, sizes and settings come from the folder's manifest and tensors.
 */
public final class WorldParity {
  static final String PROJECTION = "c51";

  /** The reference's range of returns, for sets without vectors of the projection. */
  static final double VALUE_MIN = -10;

  /** See {@link #VALUE_MIN}. */
  static final double VALUE_MAX = 30;

  private static final double LOGIT_TOLERANCE = 1e-5;
  private static final double C51_TOLERANCE = 1e-6;

  private final GoldenSet golden;
  private final GoldenModel models;
  private final List<ParityResult> results = new ArrayList<>();

  private WorldParity(GoldenSet golden) {
    this.golden = golden;
    models = new GoldenModel(golden);
  }

  /**
   * Runs every case of the folder that belongs to the world-action model.
   *
   * @param folder with {@code manifest.json}
   * @throws org.jowa.error.InvalidInputException if the folder can't be read as golden vectors
   */
  public static List<ParityResult> run(Path folder) {
    WorldParity parity = new WorldParity(GoldenSet.open(folder));
    parity.projection();
    for (String logits : parity.golden.names("jowa_", "_logits")) {
      parity.logits(logits);
    }
    for (String name : parity.golden.names("case_", "")) {
      parity.results.addAll(WorldCase.run(parity.golden, parity.models, name));
    }
    return parity.results;
  }

  /**
   * Compares losses and gradient directions of every training case, computed otherwise than in
   * fp32, with the golden losses and the gradients of fp32.
   *
   * @param tolerance for relative errors of losses, and for one minus the cosine
   */
  public static List<ParityResult> run(Path folder, Compute compute, double tolerance) {
    GoldenSet golden = GoldenSet.open(folder);
    GoldenModel models = new GoldenModel(golden);
    List<ParityResult> results = new ArrayList<>();
    for (String name : golden.names("case_", "")) {
      results.addAll(WorldCase.run(golden, models, name, compute, tolerance));
    }
    return results;
  }

  private void projection() {
    if (!golden.has(PROJECTION)) {
      return;
    }
    try (Safetensors file = golden.read(PROJECTION);
        StepScope scope = StepScope.inference()) {
      float[] atoms = Tensors.floats(file.tensor("atoms"));
      WorldConfig config =
          new WorldConfig(
              1,
              1,
              1,
              1,
              1,
              1,
              1,
              Dropouts.NONE,
              true,
              true,
              TdLoss.C51,
              atoms.length,
              atoms[0],
              atoms[atoms.length - 1]);
      C51 c51 = C51.of(config);
      Tensor found =
          c51.project(file.tensor("reward"), file.tensor("gamma"), file.tensor("next_dist"));
      double error =
          Deviation.absolute(Tensors.floats(found), Tensors.floats(file.tensor("projected")));
      results.add(ParityResult.compared(PROJECTION, "projected", error, C51_TOLERANCE));
    }
  }

  private void logits(String name) {
    String weights = name.substring(0, name.length() - "_logits".length());
    try (Safetensors file = golden.read(name);
        WorldActionModel model = models.load(weights, MissingNode.getInstance());
        StepScope scope = StepScope.inference()) {
      WorldBatch batch = GoldenBatch.ofLogits(golden, name);
      Tensor features = model.forward(batch, Optional.empty());
      Tensor blocks =
          features.view(
              (long) batch.size() * batch.steps(),
              WorldConfig.BLOCK_TOKENS,
              model.config().width());
      for (String quantity : file.tensors().keySet()) {
        Tensor found = quantity(model, features, blocks, quantity);
        if (found != null) {
          double error =
              Deviation.overLargest(Tensors.floats(found), Tensors.floats(file.tensor(quantity)));
          results.add(ParityResult.compared(name, quantity, error, LOGIT_TOLERANCE));
        }
      }
    }
  }

  /** What the model gives for a stored tensor; null for an input. */
  private static @Nullable Tensor quantity(
      WorldActionModel model, Tensor features, Tensor blocks, String name) {
    WorldHeads heads = model.heads();
    return switch (name) {
      case "output_sequence" -> features;
      case "logits_observations" -> heads.observations(observationRows(blocks));
      case "logits_rewards" -> heads.rewards(blocks.select(1, WorldConfig.ACTION_OFFSET));
      case "logits_ends" -> heads.ends(blocks.select(1, WorldConfig.ACTION_OFFSET));
      case "logits_q" -> heads.q(blocks.select(1, WorldConfig.Q_OFFSET));
      case "logits_q_target" -> heads.targetQ(blocks.select(1, WorldConfig.Q_OFFSET));
      default -> null;
    };
  }

  /** All positions but the last observation token of each block. */
  private static Tensor observationRows(Tensor blocks) {
    int[] offsets = new int[WorldConfig.FRAME_TOKENS];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = i < WorldConfig.Q_OFFSET ? i : WorldConfig.ACTION_OFFSET;
    }
    return blocks
        .index_select(1, Tensors.indices(offsets, offsets.length))
        .reshape(-1, blocks.size(2));
  }
}
