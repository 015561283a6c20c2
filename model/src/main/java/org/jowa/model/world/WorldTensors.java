package org.jowa.model.world;

import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.WorldConfig;

/**
 * The weights that the passes written out by hand read, or in the same layout their gradients: the
 * transformer and the observation head. {@link WorldWeights} has all names.
 *
 * @param tokens embeddings of actions, then of observation tokens, {@code [18 + V, E]}
 * @param positions {@code [maxTokens, E]}
 * @param games embeddings of games for actions, then for observations, {@code [2 * games, E]}
 * @param blocks lowest first
 * @param observationHidden hidden layer of the observation head
 * @param observationLogits its last layer
 */
record WorldTensors(
    Tensor tokens,
    Tensor positions,
    Tensor games,
    List<Block> blocks,
    Norm finalNorm,
    Linear observationHidden,
    Linear observationLogits) {

  /** Weight {@code [out, in]} and bias {@code [out]}. */
  record Linear(Tensor weight, Tensor bias) {
    private static Linear of(Function<String, Tensor> tensors, String name) {
      return new Linear(tensors.apply(name + ".weight"), tensors.apply(name + ".bias"));
    }
  }

  /** Scale and shift of a layer normalisation, {@code [E]} each. */
  record Norm(Tensor weight, Tensor bias) {
    private static Norm of(Function<String, Tensor> tensors, String name) {
      return new Norm(tensors.apply(name + ".weight"), tensors.apply(name + ".bias"));
    }
  }

  /**
   * One transformer block. Key, query and value projections are one view in that order: {@code [3E,
   * E]} and {@code [3E]}.
   */
  record Block(
      Norm norm1, Linear attention, Linear projection, Norm norm2, Linear expand, Linear contract) {

    private static Block of(ParameterViews exact, ParameterViews products, int layer) {
      String block = WorldWeights.block(layer);
      String key = block + "attn.key.";
      String value = block + "attn.value.";
      return new Block(
          Norm.of(exact::view, block + "ln1"),
          new Linear(
              products.fused(key + "weight", value + "weight"),
              products.fused(key + "bias", value + "bias")),
          Linear.of(products::view, block + "attn.proj"),
          Norm.of(exact::view, block + "ln2"),
          Linear.of(products::view, block + "mlp.0"),
          Linear.of(products::view, block + "mlp.2"));
    }
  }

  /**
   * @param exact what embeddings and normalisations take, fp32
   * @param products what products take, in their type
   */
  static WorldTensors of(WorldConfig config, ParameterViews exact, ParameterViews products) {
    return new WorldTensors(
        exact.fused(WorldWeights.TOKENS.get(0), WorldWeights.TOKENS.get(1)),
        exact.view(WorldWeights.POSITIONS),
        exact.fused(WorldWeights.TASKS.get(0), WorldWeights.TASKS.get(1)),
        IntStream.range(0, config.layers())
            .mapToObj(layer -> Block.of(exact, products, layer))
            .toList(),
        Norm.of(exact::view, WorldWeights.FINAL_NORM),
        Linear.of(products::view, WorldWeights.OBSERVATION_HEAD + ".head_module.0"),
        Linear.of(products::view, WorldWeights.OBSERVATION_HEAD + ".head_module.2"));
  }
}
