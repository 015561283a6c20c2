package org.jowa.model.world;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.Initialiser;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.WideProducts;

/**
 * What the small networks beside the transformer are made of: linear layers and tables over weights
 * that are read by name, anew at every call.
 *
 * @param weights the tensor of each name
 */
record SmallLayers(Function<String, Tensor> weights) {
  /** About as many tokens of a frame aren't background. */
  private static final double SHOWN = 9;

  Tensor weight(String name) {
    return weights.apply(name);
  }

  /** {@code rows W' + b}, {@code [n, out]}. */
  Tensor linear(String name, Tensor rows) {
    return WideProducts.linear(rows, weight(name + ".weight"), weight(name + ".bias"));
  }

  /** Rows of a table, {@code [rows, width]}. */
  Tensor rows(String table, int[] rows, Device device) {
    return weight(table).index_select(0, device.indices(rows));
  }

  /**
   * What is said of places, concatenated in the order of each frame's places, with nothing for
   * those of which nothing is said: {@code [frames, 36 w]}.
   *
   * @param parts of some places, {@code [k, w]}
   * @param places of each, a frame times 36 plus the place in it, int64 {@code [k]}
   */
  static Tensor sideBySide(Tensor parts, Tensor places, long frames, Device device) {
    long width = parts.size(1);
    return device
        .zeros(ScalarType.Float, frames * WorldConfig.FRAME_TOKENS, width)
        .index_copy(0, places, parts)
        .view(frames, WorldConfig.FRAME_TOKENS * width);
  }

  /** How many inputs of a layer that reads {@link #sideBySide} are something, of so many. */
  static double shownOf(double inputs) {
    return inputs * (SHOWN / WorldConfig.FRAME_TOKENS);
  }

  /** Declares a linear layer. */
  static void declare(
      FlatParameters.Builder builder,
      String name,
      ParameterGroup ofWeight,
      ParameterGroup ofBias,
      long in,
      long out) {
    builder.add(name + ".weight", ofWeight, out, in);
    builder.add(name + ".bias", ofBias, out);
  }

  /** Names of tables and of the parameters of linear layers. */
  static List<String> names(List<String> tables, List<String> layers) {
    List<String> names = new ArrayList<>(tables);
    for (String layer : layers) {
      names.addAll(List.of(layer + ".weight", layer + ".bias"));
    }
    return names;
  }

  /** Starts a table of tokens from what the codes look like. */
  static void startFrom(
      FlatParameters parameters, String table, CodeFacts facts, Initialiser initialiser) {
    Tensor rows = parameters.get(table).detach();
    rows.copy_(facts.embeddings(Math.toIntExact(rows.size(1)), table, initialiser));
  }
}
