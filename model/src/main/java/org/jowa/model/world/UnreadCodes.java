package org.jowa.model.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * Codes that no training of some weights has read: those of other games. All that the observation
 * head learned of them is that they never come, by every step of the training, and on the frames of
 * a new game that takes as long to unlearn as a model from random weights takes to learn.
 */
public final class UnreadCodes {
  private static final String OUTPUTS = WorldWeights.OBSERVATION_HEAD + ".head_module.2";

  /** What a first step changes, with the smallest learning rates, is more. */
  private static final float ROUNDING = 1e-6f;

  private UnreadCodes() {}

  /**
   * Starts the outputs of such codes anew.
   *
   * @param model with imported weights
   * @param facts that both models started from
   * @param seedOfWeights of the run that the weights are from
   * @param seed of the model's own run
   * @return how many there are
   */
  public static int startAnew(
      WorldActionModel model, Optional<CodeFacts> facts, long seedOfWeights, long seed) {
    int[] codes;
    try (WorldActionModel atTheirStart = atStart(model.config(), facts, seedOfWeights)) {
      codes = of(model, atTheirStart);
    }
    if (codes.length > 0) {
      try (WorldActionModel atStart = atStart(model.config(), facts, seed)) {
        takeOutputs(model, codes, atStart);
      }
    }
    return codes.length;
  }

  /** A model as it is before its first step, on the CPU. */
  private static WorldActionModel atStart(
      WorldConfig config, Optional<CodeFacts> facts, long seed) {
    WorldActionModel first = WorldActionModel.create(config, seed);
    facts.ifPresent(known -> first.startFromCodes(known, seed));
    return first;
  }

  /**
   * The codes whose vectors are what they were at the start. They aren't decayed, so a step changes
   * those that its batch holds, and no others.
   *
   * @param atStart the model before its first step
   */
  static int[] of(WorldActionModel model, WorldActionModel atStart) {
    boolean[] read = new boolean[model.config().codebookSize()];
    try (StepScope scope = StepScope.inference()) {
      for (String table : tables(model.config())) {
        float[] now = Tensors.floats(model.parameters().get(table).detach());
        float[] then = Tensors.floats(atStart.parameters().get(table).detach());
        int width = now.length / read.length;
        for (int i = 0; i < now.length; i++) {
          read[i / width] |= Math.abs(now[i] - then[i]) > ROUNDING * (1 + Math.abs(then[i]));
        }
      }
    }
    return IntStream.range(0, read.length).filter(code -> !read[code]).toArray();
  }

  /**
   * Gives codes the outputs of another model.
   *
   * @param from a model before its first step
   */
  static void takeOutputs(WorldActionModel model, int[] codes, WorldActionModel from) {
    try (StepScope scope = StepScope.inference()) {
      Tensor rows = Tensors.indices(codes, codes.length);
      for (String name : List.of(OUTPUTS + ".weight", OUTPUTS + ".bias")) {
        Tensor taken = from.parameters().get(name).detach().index_select(0, rows);
        model
            .parameters()
            .get(name)
            .detach()
            .index_copy_(0, model.device().put(rows), model.device().put(taken));
      }
    }
    model.parameters().changed();
  }

  private static List<String> tables(WorldConfig config) {
    List<String> tables = new ArrayList<>();
    tables.add(WorldWeights.TOKENS.get(1));
    if (config.neighbourhoodWidth() > 0) {
      tables.add(NeighbourhoodNetwork.TABLE);
    }
    return tables;
  }
}
