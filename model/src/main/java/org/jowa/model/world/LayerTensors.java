package org.jowa.model.world;

import java.util.function.BiFunction;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/**
 * The tensors of one transformer block, either its weights or their gradients. Key, query and value
 * projections are one view in that order: {@code [3E, E]} and {@code [3E]}.
 */
record LayerTensors(
    Norm norm1, Linear attention, Linear projection, Norm norm2, Linear expand, Linear contract) {

  /** Weight {@code [out, in]} and bias {@code [out]}. */
  record Linear(Tensor weight, Tensor bias) {
    static Linear of(Function<String, Tensor> tensors, String name) {
      return new Linear(tensors.apply(name + ".weight"), tensors.apply(name + ".bias"));
    }
  }

  /** Scale and shift of a layer normalisation, {@code [E]} each. */
  record Norm(Tensor weight, Tensor bias) {
    static Norm of(Function<String, Tensor> tensors, String name) {
      return new Norm(tensors.apply(name + ".weight"), tensors.apply(name + ".bias"));
    }
  }

  /**
   * @param tensors by parameter name
   * @param fused a view over neighbouring parameters, by the first and the last name
   */
  static LayerTensors of(
      Function<String, Tensor> tensors, BiFunction<String, String, Tensor> fused, int layer) {
    String block = "transformer.blocks." + layer + ".";
    String key = block + "attn.key.";
    String value = block + "attn.value.";
    return new LayerTensors(
        Norm.of(tensors, block + "ln1"),
        new Linear(
            fused.apply(key + "weight", value + "weight"),
            fused.apply(key + "bias", value + "bias")),
        Linear.of(tensors, block + "attn.proj"),
        Norm.of(tensors, block + "ln2"),
        Linear.of(tensors, block + "mlp.0"),
        Linear.of(tensors, block + "mlp.2"));
  }
}
