package org.jowa.model.plan;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.FlatParameters.Strictness;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.world.WorldActionModel;

/** The golden set's small model, whose weights are of a trained model's size, and inputs for it. */
final class Golden {
  static final int CODES = 128;
  static final WorldConfig CONFIG =
      new WorldConfig(
          2, 2, 64, 32, 1, CODES, 8, Dropouts.NONE, true, true, TdLoss.C51, 51, -10, 30);

  private Golden() {}

  static WorldActionModel model() {
    WorldActionModel model = WorldActionModel.create(CONFIG, 0);
    Path file =
        Path.of(System.getProperty("jowa.project"), "integration-tests/golden/jowa_q1.safetensors");
    try (Safetensors weights = Safetensors.read(file)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>(weights.tensors());
      tensors.keySet().removeIf(name -> name.endsWith(".indices"));
      model.parameters().copyFrom(tensors, Strictness.EXACT, file.toString());
    }
    return model;
  }

  static WorldDecoder decoder() {
    try (WorldActionModel model = model()) {
      return WorldDecoder.of(CONFIG, model.parameters()::get);
    }
  }

  /** Blocks of random tokens; the last one's action is left out. */
  static int[][] contexts(long seed, int n, int blocks) {
    Random random = new Random(seed);
    int[][] contexts = new int[n][blocks * WorldConfig.BLOCK_TOKENS - 1];
    for (int[] context : contexts) {
      for (int i = 0; i < context.length; i++) {
        boolean action = i % WorldConfig.BLOCK_TOKENS == WorldConfig.ACTION_OFFSET;
        context[i] = random.nextInt(action ? WorldConfig.ACTIONS : CODES);
      }
    }
    return contexts;
  }

  static int[] newestFrame(int[] context) {
    return java.util.Arrays.copyOfRange(
        context, context.length - WorldConfig.FRAME_TOKENS, context.length);
  }
}
