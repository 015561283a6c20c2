package org.jowa.model.world;

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
   * @param norms what normalisations take
   * @param products what products take
   */
  static LayerTensors of(ParameterViews norms, ParameterViews products, int layer) {
    String block = WorldWeights.block(layer);
    String key = block + "attn.key.";
    String value = block + "attn.value.";
    return new LayerTensors(
        Norm.of(norms::view, block + "ln1"),
        new Linear(
            products.fused(key + "weight", value + "weight"),
            products.fused(key + "bias", value + "bias")),
        Linear.of(products::view, block + "attn.proj"),
        Norm.of(norms::view, block + "ln2"),
        Linear.of(products::view, block + "mlp.0"),
        Linear.of(products::view, block + "mlp.2"));
  }
}
