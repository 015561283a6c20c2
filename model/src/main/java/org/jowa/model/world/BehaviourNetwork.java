package org.jowa.model.world;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.Initialiser;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.Tensors;

/**
 * What the data's players do at a frame: the behaviour model of batch-constrained Q-learning (arXiv
 * 1910.01708). The reference has none.
 *
 * <p>A network of its own beside the transformer: it reads the tokens of one frame, puts each
 * through the same small network, adds up the results (arXiv 1703.06114) and puts the sum through
 * another one. So a thing is known wherever it stands, and reading a frame costs a hundredth of
 * what the transformer needs: it can see some hundred thousand frames in the minutes in which a
 * head on the transformer sees too few to learn anything.
 */
public final class BehaviourNetwork {
  /** What all names of its parameters begin with. */
  static final String PREFIX = "behaviour.";

  private static final String TOKENS = PREFIX + "tokens.weight";
  private static final String POSITIONS = PREFIX + "positions.weight";
  private static final String GAMES = PREFIX + "games.weight";
  private static final String[] OF_TOKEN = {PREFIX + "token.0", PREFIX + "token.2"};
  private static final String[] OF_FRAME = {
    PREFIX + "frame.0", PREFIX + "frame.2", PREFIX + "frame.4"
  };

  /** Keeps the sum over a frame of the size of some of its parts. */
  private static final double POOL_SCALE = 0.3;

  private static final double POSITION_DEVIATION = 0.5;

  /** Share of the tokens that are left out in training. */
  private static final double DROPOUT = 0.1;

  private static final long SITE = 1;

  /** All actions are about as likely at the start. */
  private static final double LAST_GAIN = 0.05;

  /** A code that is the mean one has no direction. */
  private static final double SMALLEST_SQUARE = 1e-3;

  private final Function<String, Tensor> weights;

  private BehaviourNetwork(Function<String, Tensor> weights) {
    this.weights = weights;
  }

  /**
   * A network over given weights, which it reads anew at every call.
   *
   * @param weights the tensor of each of its names
   */
  public static BehaviourNetwork of(Function<String, Tensor> weights) {
    return new BehaviourNetwork(weights);
  }

  /**
   * Logits over the full set of actions, fp32 {@code [n, 18]}. Gradients are recorded if the
   * caller's thread does so.
   *
   * @param tokens of a frame each, {@code [n * 36]}
   * @param games id of each frame's game, {@code [n]}
   */
  public Tensor logits(int[] tokens, int[] games, Device device) {
    return logits(tokens, games, device, null);
  }

  /**
   * The same in training: some tokens of every frame are left out, so that no network learns by
   * heart what was done in frames that it knows by a rare token, a score's digits for instance.
   *
   * @param samples global index of each frame, which decides with the key what is left out
   */
  public Tensor logits(int[] tokens, int[] games, Device device, DropoutKey key, long[] samples) {
    Tensor keep = torch.empty(new long[] {samples.length, WorldConfig.FRAME_TOKENS});
    FunctionalRandom.dropout(keep, key.seed(), key.step(), samples, SITE, DROPOUT);
    return logits(tokens, games, device, device.put(keep.view(tokens.length, 1)));
  }

  /**
   * @param keep what the part of each token is multiplied by, fp32 {@code [n * 36, 1]}; null for
   *     nothing
   */
  private Tensor logits(int[] tokens, int[] games, Device device, Tensor keep) {
    long n = games.length;
    Tensor table = weights.apply(TOKENS);
    Tensor parts =
        table
            .index_select(0, device.put(Tensors.indices(tokens, tokens.length)))
            .view(n, WorldConfig.FRAME_TOKENS, table.size(1))
            .add(weights.apply(POSITIONS))
            .view(-1, table.size(1));
    for (String layer : OF_TOKEN) {
      parts = linear(layer, parts).relu();
    }
    if (keep != null) {
      parts = parts.mul(keep);
    }
    Tensor frame =
        parts.view(n, WorldConfig.FRAME_TOKENS, parts.size(1)).sum(1).mul(new Scalar(POOL_SCALE));
    Tensor ofGame =
        weights.apply(GAMES).index_select(0, device.put(Tensors.indices(games, games.length)));
    Tensor hidden = linear(OF_FRAME[0], frame).add(ofGame).relu();
    hidden = linear(OF_FRAME[1], hidden).relu();
    return linear(OF_FRAME[2], hidden);
  }

  private Tensor linear(String name, Tensor rows) {
    return torch.addmm(weights.apply(name + ".bias"), rows, weights.apply(name + ".weight").t());
  }

  /** The names of all its parameters. */
  public static List<String> names() {
    List<String> names = new ArrayList<>(List.of(TOKENS, POSITIONS, GAMES));
    for (String layer : OF_TOKEN) {
      names.addAll(List.of(layer + ".weight", layer + ".bias"));
    }
    for (String layer : OF_FRAME) {
      names.addAll(List.of(layer + ".weight", layer + ".bias"));
    }
    return names;
  }

  /** Declares the parameters of a model that has one. */
  static void declare(FlatParameters.Builder builder, WorldConfig config) {
    long width = config.behaviourWidth();
    builder.add(TOKENS, ParameterGroup.BEHAVIOUR, config.codebookSize(), width);
    builder.add(POSITIONS, ParameterGroup.BEHAVIOUR, WorldConfig.FRAME_TOKENS, width);
    builder.add(GAMES, ParameterGroup.BEHAVIOUR, WorldConfig.GAMES, 4 * width);
    linear(builder, OF_TOKEN[0], width, 2 * width);
    linear(builder, OF_TOKEN[1], 2 * width, width);
    linear(builder, OF_FRAME[0], width, 4 * width);
    linear(builder, OF_FRAME[1], 4 * width, 4 * width);
    linear(builder, OF_FRAME[2], 4 * width, WorldConfig.ACTIONS);
  }

  private static void linear(FlatParameters.Builder builder, String name, long in, long out) {
    builder.add(name + ".weight", ParameterGroup.BEHAVIOUR, out, in);
    builder.add(name + ".bias", ParameterGroup.BEHAVIOUR, out);
  }

  /** First values. Activations keep their size from layer to layer, as after He et al. (2015). */
  static void initialise(FlatParameters parameters, Initialiser initialiser) {
    for (String name : names()) {
      Tensor weight = parameters.get(name).detach();
      if (name.endsWith(".bias") || name.equals(GAMES)) {
        initialiser.constant(weight, 0);
      } else if (name.equals(TOKENS)) {
        initialiser.normal(name, weight, 1);
      } else if (name.equals(POSITIONS)) {
        initialiser.normal(name, weight, POSITION_DEVIATION);
      } else {
        double gain = name.startsWith(OF_FRAME[2]) ? LAST_GAIN : Math.sqrt(2);
        initialiser.normal(name, weight, gain / Math.sqrt(parameters.shape(name)[1]));
      }
    }
  }

  /**
   * Starts the token embeddings from what tells the codes apart, so that codes which look alike
   * begin alike: each code's features less the mean code's, of length one, by a random projection.
   *
   * @param features of the codes, fp32 {@code [codebookSize, d]}
   */
  static void startFrom(FlatParameters parameters, float[] features, Initialiser initialiser) {
    Tensor table = parameters.get(TOKENS).detach();
    int codes = (int) table.size(0);
    int width = (int) table.size(1);
    int dimensions = features.length / codes;
    double[] mean = new double[dimensions];
    for (int i = 0; i < features.length; i++) {
      mean[i % dimensions] += features[i] / codes;
    }
    float[] unit = new float[features.length];
    for (int code = 0; code < codes; code++) {
      double square = SMALLEST_SQUARE;
      for (int d = 0; d < dimensions; d++) {
        double difference = features[code * dimensions + d] - mean[d];
        square += difference * difference;
      }
      for (int d = 0; d < dimensions; d++) {
        int at = code * dimensions + d;
        unit[at] = (float) ((features[at] - mean[d]) / Math.sqrt(square));
      }
    }
    Tensor projection = torch.empty(new long[] {dimensions, width});
    initialiser.normal(TOKENS + ".projection", projection, 1);
    table.copy_(torch.mm(Tensors.of(unit, codes, dimensions), projection));
  }
}
