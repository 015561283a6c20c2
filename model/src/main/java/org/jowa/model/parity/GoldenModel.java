package org.jowa.model.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Tensor;
import org.jowa.error.InvalidInputException;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.FlatParameters.Strictness;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;
import org.jowa.model.world.WorldWeights;
import org.jspecify.annotations.Nullable;

/**
 * Builds world-action models from golden weights. Their sizes come from the tensors; the number of
 * attention heads, which no shape tells, is the one that reproduces the stored features.
 */
final class GoldenModel {
  private static final String TRUNK = WorldWeights.FINAL_NORM + ".weight";
  private static final String FEATURES = "output_sequence";
  private static final Pattern OTHER_FILE = Pattern.compile("(\\w+)\\.safetensors");

  private final GoldenSet golden;
  private final Map<Integer, Integer> headsByWidth = new LinkedHashMap<>();

  GoldenModel(GoldenSet golden) {
    this.golden = golden;
  }

  /**
   * @param weights name of a file of weights, with or without a trunk of its own
   * @param settings of a case: switches that aren't visible in the weights
   */
  WorldActionModel load(String weights, @Nullable JsonNode settings) {
    return load(weights, settings, Compute.FP32_ON_CPU);
  }

  /** The same computing elsewhere or otherwise. */
  WorldActionModel load(String weights, @Nullable JsonNode settings, Compute compute) {
    try (StepScope scope = StepScope.inference()) {
      Map<String, Tensor> tensors = tensors(weights);
      int width = size(tensors, TRUNK, 0);
      Integer heads = headsByWidth.get(width);
      if (heads == null) {
        heads = findHeads(tensors, width);
        headsByWidth.put(width, heads);
      }
      return build(config(tensors, heads, settings), tensors, weights, compute);
    }
  }

  private Map<String, Tensor> tensors(String weights) {
    Map<String, Tensor> tensors = copy(weights);
    if (!tensors.containsKey(TRUNK)) {
      Matcher other = OTHER_FILE.matcher(golden.note(weights));
      if (!other.find()) {
        throw new InvalidInputException(
            "Golden weights " + weights + " have no trunk and their note names no file with one");
      }
      Map<String, Tensor> own = tensors;
      tensors = copy(other.group(1));
      tensors.keySet().removeIf(name -> name.startsWith("head_q"));
      tensors.putAll(own);
    }
    tensors.keySet().removeIf(name -> name.endsWith(".indices") || name.endsWith(".mask"));
    return tensors;
  }

  private Map<String, Tensor> copy(String name) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (Safetensors file = golden.read(name)) {
      file.tensors().forEach((key, tensor) -> tensors.put(key, tensor.clone()));
    }
    return tensors;
  }

  private int findHeads(Map<String, Tensor> tensors, int width) {
    for (String name : golden.names("jowa_", "_logits")) {
      try (Safetensors file = golden.read(name)) {
        if (!file.contains(FEATURES) || file.tensor(FEATURES).size(2) != width) {
          continue;
        }
        float[] expected = Tensors.floats(file.tensor(FEATURES));
        return closest(tensors, width, GoldenBatch.ofLogits(golden, name), expected);
      }
    }
    throw new InvalidInputException(
        "No golden logits hold " + FEATURES + " of width " + width + ": heads can't be told");
  }

  private int closest(Map<String, Tensor> tensors, int width, WorldBatch batch, float[] expected) {
    int best = 1;
    double least = Double.POSITIVE_INFINITY;
    for (int heads = 1; heads <= width; heads++) {
      if (width % heads != 0) {
        continue;
      }
      WorldConfig config = config(tensors, heads, null);
      try (WorldActionModel model = build(config, tensors, "golden weights", Compute.FP32_ON_CPU);
          StepScope scope = StepScope.inference()) {
        float[] found = Tensors.floats(model.forward(batch, Optional.empty()));
        double error = Deviation.absolute(found, expected);
        if (error < least) {
          least = error;
          best = heads;
        }
      }
    }
    return best;
  }

  private static WorldActionModel build(
      WorldConfig config, Map<String, Tensor> tensors, String source, Compute compute) {
    WorldActionModel model = WorldActionModel.create(config, 0, compute);
    model.parameters().copyFrom(tensors, Strictness.EXACT, source);
    return model;
  }

  private WorldConfig config(Map<String, Tensor> tensors, int heads, @Nullable JsonNode settings) {
    int layers = 0;
    while (tensors.containsKey(WorldWeights.block(layers) + "ln1.weight")) {
      layers++;
    }
    String q = WorldWeights.Q;
    int outputs = size(tensors, q + 9, 1) / WorldConfig.ACTIONS;
    List<Double> range = valueRange();
    return new WorldConfig(
        layers,
        heads,
        size(tensors, TRUNK, 0),
        size(tensors, q + 0, 1),
        size(tensors, q + 0, 0),
        size(tensors, WorldWeights.TOKENS.get(1), 0),
        size(tensors, WorldWeights.POSITIONS, 0) / WorldConfig.BLOCK_TOKENS,
        Dropouts.NONE,
        isOn(settings, "use_task_embed"),
        isOn(settings, "q_loss_backwards_wm"),
        outputs == 1 ? TdLoss.MSE : TdLoss.C51,
        outputs,
        range.get(0),
        range.get(1));
  }

  /** Switches that are on unless a case turns them off. */
  private static boolean isOn(@Nullable JsonNode settings, String key) {
    return settings == null || settings.path(key).asBoolean(true);
  }

  /** Lowest and highest atom, from the projection's vectors. */
  private List<Double> valueRange() {
    if (!golden.has(WorldParity.PROJECTION)) {
      return List.of(WorldParity.VALUE_MIN, WorldParity.VALUE_MAX);
    }
    try (Safetensors file = golden.read(WorldParity.PROJECTION)) {
      float[] atoms = Tensors.floats(file.tensor("atoms"));
      return List.of((double) atoms[0], (double) atoms[atoms.length - 1]);
    }
  }

  private static int size(Map<String, Tensor> tensors, String name, int dimension) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new InvalidInputException("Golden weights have no tensor " + name);
    }
    return Math.toIntExact(tensor.size(dimension));
  }
}
