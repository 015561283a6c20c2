package org.jowa.model.world;

import static org.jowa.model.settings.WorldConfig.FRAME_TOKENS;
import static org.jowa.model.settings.WorldConfig.GAMES;

import java.util.List;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.Initialiser;
import org.jowa.model.torch.ParameterGroup;

/**
 * What a frame and the one before it show, as a part of the input vector of the frame's last token,
 * which the Q heads read, in models with a {@link NeighbourhoodNetwork}. The reference has none.
 *
 * <p>What a state is worth is mostly decided by where a few things are and where they go. As there,
 * tokens that are a game's background are left out: what each other place shows and showed goes
 * through the same small network, and what comes out, side by side in the order of the frame's
 * places, through another one. Added up over the places instead, it loses where a thing is in
 * relation to another.
 */
final class StateNetwork {
  private static final String PREFIX = "neighbourhood.state.";

  private static final String TABLE = PREFIX + "tokens.weight";
  private static final String PLACES = PREFIX + "places.weight";
  static final String GAMES_TABLE = PREFIX + "games.weight";

  private static final String FIRST = PREFIX + "layer.0";
  private static final String SECOND = PREFIX + "layer.2";
  private static final String THIRD = PREFIX + "layer.4";
  private static final String FRAME = PREFIX + "frame.0";
  private static final String OUT = PREFIX + "frame.2";
  private static final List<String> LAYERS = List.of(FIRST, SECOND, THIRD, FRAME, OUT);

  /** Numbers that the network of the places says of each. */
  private static final int OF_PLACE = 32;

  /** Much larger than the other parts of an input vector at the start: the heads read the sum. */
  private static final double OUT_GAIN = 0.5;

  private final SmallLayers layers;

  private StateNetwork(Function<String, Tensor> weights) {
    layers = new SmallLayers(weights);
  }

  /**
   * A network over given weights, which it reads anew at every call.
   *
   * @param weights the tensor of each of its names
   */
  static StateNetwork of(Function<String, Tensor> weights) {
    return new StateNetwork(weights);
  }

  /**
   * What is added to the input vector of each frame's last token, {@code [n, E]}. Gradients are
   * recorded if the caller's thread does so.
   *
   * @param states frames, each with the one before it; their actions aren't read
   * @param background tokens by game, {@code [60 * 36]}
   */
  Tensor vectors(Transitions states, float[] background, Device device) {
    Shown shown = Shown.of(states, background);
    Tensor parts =
        torch
            .addmm(
                layers
                    .rows(PLACES, shown.places, device)
                    .add(layers.rows(GAMES_TABLE, shown.games, device))
                    .add(layers.weight(FIRST + ".bias")),
                differences(shown, device),
                layers.weight(FIRST + ".weight").t())
            .relu();
    parts = layers.linear(SECOND, parts).relu();
    parts = layers.linear(THIRD, parts).relu();
    Tensor places = device.indices(shown.rows());
    Tensor frames = SmallLayers.sideBySide(parts, places, states.count(), device);
    return layers.linear(OUT, layers.linear(FRAME, frames).relu());
  }

  /** Of what a place shows and showed, less the vector of what is behind it, {@code [k, 2 w]}. */
  private Tensor differences(Shown shown, Device device) {
    Tensor table = layers.weight(TABLE);
    Tensor behind = table.index_select(0, device.indices(shown.behind));
    Tensor now = table.index_select(0, device.indices(shown.now));
    Tensor before = table.index_select(0, device.indices(shown.before));
    return torch
        .stack(new TensorVector(now, before), 1)
        .sub(behind.unsqueeze(1))
        .view(shown.now.length, 2 * table.size(1));
  }

  /**
   * Places where a frame or the one before it shows something.
   *
   * @param frames each one's frame
   * @param places of each in its frame
   * @param games of each
   * @param now token there
   * @param before token there one frame before; what is behind where there is none
   * @param behind the background's token; where none is known, code 0 stands for it everywhere
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Shown(
      int[] frames, int[] places, int[] games, int[] now, int[] before, int[] behind) {

    static Shown of(Transitions states, float[] background) {
      int[] shown = states.shown(background);
      int[] games = at(shown, i -> states.games()[i / FRAME_TOKENS]);
      int[] places = at(shown, i -> i % FRAME_TOKENS);
      int[] behind = new int[shown.length];
      int[] before = new int[shown.length];
      for (int i = 0; i < shown.length; i++) {
        behind[i] = Math.max(0, (int) background[games[i] * FRAME_TOKENS + places[i]]);
        int token = states.before()[shown[i]];
        before[i] = token == Transitions.ABSENT ? behind[i] : token;
      }
      int[] frames = at(shown, i -> i / FRAME_TOKENS);
      return new Shown(frames, places, games, at(shown, i -> states.frames()[i]), before, behind);
    }

    /** Each one's place in all frames. */
    int[] rows() {
      return IntStream.range(0, places.length)
          .map(i -> frames[i] * FRAME_TOKENS + places[i])
          .toArray();
    }

    private static int[] at(int[] shown, IntUnaryOperator value) {
      return IntStream.of(shown).map(value).toArray();
    }
  }

  /** The names of all its parameters. */
  static List<String> names() {
    return SmallLayers.names(List.of(TABLE, PLACES, GAMES_TABLE), LAYERS);
  }

  /** Declares the parameters of a model that has one. */
  static void declare(FlatParameters.Builder builder, WorldConfig config) {
    long tokenWidth = config.neighbourhoodWidth();
    long width = config.width();
    builder.add(TABLE, ParameterGroup.NO_DECAY, config.codebookSize(), tokenWidth);
    builder.add(PLACES, ParameterGroup.NO_DECAY, FRAME_TOKENS, width);
    builder.add(GAMES_TABLE, ParameterGroup.NO_DECAY, GAMES, width);
    SmallLayers.declare(
        builder, FIRST, ParameterGroup.DECAY, ParameterGroup.NO_DECAY, 2 * tokenWidth, width);
    SmallLayers.declare(
        builder, SECOND, ParameterGroup.DECAY, ParameterGroup.NO_DECAY, width, width);
    SmallLayers.declare(
        builder, THIRD, ParameterGroup.DECAY, ParameterGroup.NO_DECAY, width, OF_PLACE);
    SmallLayers.declare(
        builder,
        FRAME,
        ParameterGroup.DECAY,
        ParameterGroup.NO_DECAY,
        FRAME_TOKENS * OF_PLACE,
        2 * width);
    SmallLayers.declare(
        builder, OUT, ParameterGroup.DECAY, ParameterGroup.NO_DECAY, 2 * width, width);
  }

  /** First values. Activations keep their size from layer to layer, as after He et al. (2015). */
  static void initialise(FlatParameters parameters, Initialiser initialiser) {
    for (String name : names()) {
      Tensor weight = parameters.get(name).detach();
      if (name.endsWith(".bias") || name.equals(GAMES_TABLE)) {
        initialiser.constant(weight, 0);
      } else if (name.equals(TABLE)) {
        initialiser.normal(name, weight, 1);
      } else if (name.equals(PLACES)) {
        initialiser.normal(name, weight, 0.3);
      } else {
        double gain = name.startsWith(OUT) ? OUT_GAIN : Math.sqrt(2);
        double inputs = parameters.shape(name)[1];
        if (name.startsWith(FRAME)) {
          inputs = SmallLayers.shownOf(inputs);
        }
        initialiser.normal(name, weight, gain / Math.sqrt(inputs));
      }
    }
  }

  /** Starts from what the codes look like. */
  static void startFrom(FlatParameters parameters, CodeFacts facts, Initialiser initialiser) {
    SmallLayers.startFrom(parameters, TABLE, facts, initialiser);
  }
}
