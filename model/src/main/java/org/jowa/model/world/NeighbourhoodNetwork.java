package org.jowa.model.world;

import static org.jowa.model.settings.WorldConfig.ACTIONS;
import static org.jowa.model.settings.WorldConfig.FRAME_TOKENS;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.Initialiser;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.Tensors;

/**
 * What the places around a token showed in the two frames before it, as a part of the input vector
 * that predicts the token. The reference has none.
 *
 * <p>What a place shows next is mostly decided by itself and its neighbours: the ball comes from
 * there. A transformer finds the two dozen tokens that say so among hundreds by attention, which
 * takes it thousands of steps to learn; here they are simply given. All places share the network,
 * so what is learned at one is known at all. Its sum over a frame goes to the action token, which
 * tells reward and end.
 */
public final class NeighbourhoodNetwork {
  /** What all names of its parameters begin with. */
  static final String PREFIX = "neighbourhood.";

  /** Tokens of a neighbourhood: 3 by 3 places in two frames. */
  private static final int TOKENS = 2 * Transitions.NEIGHBOURS;

  static final String TABLE = PREFIX + "tokens.weight";
  private static final String PLACES = PREFIX + "places.weight";

  /**
   * Not learned: the token that is a game's background at each place, or {@link CodeFacts#UNKNOWN}.
   * It says nothing of what comes, but is most of a frame: left in, learning takes much longer.
   */
  private static final String BACKGROUND = PREFIX + "background";

  /** Of the newest action and of the one before; the last row stands for none. */
  private static final String ACTION_TABLE = PREFIX + "actions.weight";

  static final String GAMES = PREFIX + "games.weight";
  private static final String FIRST = PREFIX + "layer.0";
  private static final String SECOND = PREFIX + "layer.2";
  private static final String OUT = PREFIX + "layer.4";
  private static final String PART = PREFIX + "frame.0";
  private static final String FRAME = PREFIX + "frame.2";
  private static final List<String> LAYERS = List.of(FIRST, SECOND, OUT, PART, FRAME);

  /** Stands for an action before the first one. */
  private static final int NO_ACTION = ACTIONS;

  /** What the places add to an input vector is of the size of its other parts at the start. */
  private static final double OUT_GAIN = 0.05;

  private final SmallLayers layers;
  private final StateNetwork states;

  private NeighbourhoodNetwork(Function<String, Tensor> weights) {
    layers = new SmallLayers(weights);
    states = StateNetwork.of(weights);
  }

  /**
   * A network over given weights, which it reads anew at every call.
   *
   * @param weights the tensor of each of its names
   */
  public static NeighbourhoodNetwork of(Function<String, Tensor> weights) {
    return new NeighbourhoodNetwork(weights);
  }

  /**
   * What is added to the input vector of each frame's last token, for the Q heads, {@code [n, E]}.
   * Gradients are recorded if the caller's thread does so.
   *
   * @param transitions whose actions aren't read
   */
  public Tensor ofStates(Transitions transitions, Device device) {
    return states.vectors(transitions, background(), device);
  }

  /**
   * What is added to input vectors, {@code [n, 36, E]}: first to that of the action, which predicts
   * the next frame's first token, then to those of the next frame's tokens but the last, each of
   * which predicts the token after it. Gradients are recorded if the caller's thread does so.
   */
  public Tensor vectors(Transitions transitions, Device device) {
    int n = transitions.count();
    int[] places = new int[n * FRAME_TOKENS];
    Arrays.setAll(places, i -> i);
    Tensor hidden = hidden(transitions, places, device);
    Tensor ofPlaces = ofPlaces(hidden).view(n, FRAME_TOKENS, -1);
    int[] shown = shown(transitions);
    Tensor ofShown = hidden.index_select(0, device.indices(shown));
    Tensor first = ofPlaces.narrow(1, 0, 1).add(ofFrames(ofShown, shown, n, device).unsqueeze(1));
    return torch.cat(new TensorVector(first, ofPlaces.narrow(1, 1, FRAME_TOKENS - 1)), 1);
  }

  /**
   * What the network makes of some places, {@code [places, E]}, to be read by {@link #ofPlaces} and
   * {@link #ofFrames}.
   *
   * @param places each a transition times 36 plus the place
   */
  public Tensor hidden(Transitions transitions, int[] places, Device device) {
    Tensor around = around(Around.of(transitions, places, background()), places.length, device);
    int[] ofPlaces = IntStream.of(places).map(place -> place % FRAME_TOKENS).toArray();
    Tensor hidden =
        layers
            .linear(FIRST, around)
            .add(layers.rows(PLACES, ofPlaces, device))
            .add(layers.rows(GAMES, of(transitions.games(), places), device))
            .add(layers.rows(ACTION_TABLE, of(transitions.actions(), places), device))
            .add(layers.rows(ACTION_TABLE, before(transitions, places), device))
            .relu();
    return layers.linear(SECOND, hidden).relu();
  }

  /** What is said of the next token at each place, {@code [places, E]}. */
  public Tensor ofPlaces(Tensor hidden) {
    return layers.linear(OUT, hidden);
  }

  /**
   * What is said of reward and end, {@code [n, E]}.
   *
   * @param hidden of places, {@code [places, E]}
   * @param places those that show something, {@link #shown}
   * @param n how many transitions there are
   */
  public Tensor ofFrames(Tensor hidden, int[] places, int n, Device device) {
    int[] frames = IntStream.of(places).map(place -> place / FRAME_TOKENS).toArray();
    Tensor parts = layers.linear(PART, hidden).relu();
    Tensor sums =
        device
            .zeros(ScalarType.Float, n, parts.size(1))
            .index_add(0, device.indices(frames), parts);
    return layers.linear(FRAME, sums.mul(new Scalar(WorldHeads.POOL_SCALE)));
  }

  private float[] background() {
    return Tensors.floats(layers.weight(BACKGROUND));
  }

  /** {@link Transitions#shown}, by what this network holds for the background. */
  public int[] shown(Transitions transitions) {
    return transitions.shown(background());
  }

  /**
   * The vectors of what stands around places, less those of what is behind it, and zeros where
   * nothing stands: {@code [places, 18 w]}.
   */
  private Tensor around(Around around, int places, Device device) {
    Tensor table = layers.weight(TABLE);
    Tensor behind = device.indices(around.behind);
    Tensor differences =
        layers
            .rows(TABLE, around.tokens, device)
            .sub(
                table
                    .index_select(0, behind.clamp_min(new Scalar(0)))
                    .mul(behind.ge(new Scalar(0)).unsqueeze(1)));
    return device
        .zeros(ScalarType.Float, (long) places * TOKENS, table.size(1))
        .index_copy(0, device.indices(around.at), differences)
        .view(places, TOKENS * table.size(1));
  }

  /** A value of each place's transition. */
  private static int[] of(int[] values, int[] places) {
    return IntStream.of(places).map(place -> values[place / FRAME_TOKENS]).toArray();
  }

  /** Rows of the actions before. */
  private static int[] before(Transitions transitions, int[] places) {
    return IntStream.of(of(transitions.actionsBefore(), places))
        .map(action -> NO_ACTION + 1 + (action == Transitions.ABSENT ? NO_ACTION : action))
        .toArray();
  }

  /**
   * What stands around places and isn't background: a third of the neighbours, or less.
   *
   * @param at of each a place, in their order, times 18 plus where it stands
   * @param tokens that stand there
   * @param behind the background there, or {@link CodeFacts#UNKNOWN}
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Around(int[] at, int[] tokens, int[] behind) {
    /**
     * @param background of all games and places
     */
    static Around of(Transitions transitions, int[] places, float[] background) {
      int[] at = new int[places.length * TOKENS];
      int[] tokens = new int[at.length];
      int[] behind = new int[at.length];
      int n = 0;
      for (int i = 0; i < places.length; i++) {
        int place = places[i] % FRAME_TOKENS;
        int transition = places[i] / FRAME_TOKENS;
        int game = transitions.games()[transition];
        for (int around = 0; around < Transitions.NEIGHBOURS; around++) {
          int of = Transitions.neighbour(place, around);
          if (of == Transitions.ABSENT) {
            continue;
          }
          int known = (int) background[game * FRAME_TOKENS + of];
          int[] shown = {
            transitions.frames()[transition * FRAME_TOKENS + of],
            transitions.before()[transition * FRAME_TOKENS + of]
          };
          for (int frame = 0; frame < shown.length; frame++) {
            if (shown[frame] != known && shown[frame] != Transitions.ABSENT) {
              at[n] = i * TOKENS + 2 * around + frame;
              tokens[n] = shown[frame];
              behind[n++] = known;
            }
          }
        }
      }
      return new Around(Arrays.copyOf(at, n), Arrays.copyOf(tokens, n), Arrays.copyOf(behind, n));
    }
  }

  /** The names of all its parameters. */
  public static List<String> names() {
    List<String> names = ownNames();
    names.addAll(StateNetwork.names());
    return names;
  }

  private static List<String> ownNames() {
    return SmallLayers.names(List.of(TABLE, PLACES, ACTION_TABLE, GAMES, BACKGROUND), LAYERS);
  }

  /** Declares the parameters of a model that has one. */
  static void declare(FlatParameters.Builder builder, WorldConfig config) {
    long tokenWidth = config.neighbourhoodWidth();
    long width = config.width();
    builder.add(TABLE, ParameterGroup.NO_DECAY, config.codebookSize(), tokenWidth);
    builder.add(BACKGROUND, ParameterGroup.CONSTANT, WorldConfig.GAMES, FRAME_TOKENS);
    builder.add(PLACES, ParameterGroup.NO_DECAY, FRAME_TOKENS, 2 * width);
    builder.add(ACTION_TABLE, ParameterGroup.NO_DECAY, 2L * (ACTIONS + 1), 2 * width);
    builder.add(GAMES, ParameterGroup.NO_DECAY, WorldConfig.GAMES, 2 * width);
    SmallLayers.declare(
        builder,
        FIRST,
        ParameterGroup.DECAY,
        ParameterGroup.NO_DECAY,
        TOKENS * tokenWidth,
        2 * width);
    SmallLayers.declare(
        builder, SECOND, ParameterGroup.DECAY, ParameterGroup.NO_DECAY, 2 * width, width);
    SmallLayers.declare(builder, OUT, ParameterGroup.DECAY, ParameterGroup.NO_DECAY, width, width);
    SmallLayers.declare(builder, PART, ParameterGroup.DECAY, ParameterGroup.NO_DECAY, width, width);
    SmallLayers.declare(
        builder, FRAME, ParameterGroup.DECAY, ParameterGroup.NO_DECAY, width, width);
    StateNetwork.declare(builder, config);
  }

  /** First values. Activations keep their size from layer to layer, as after He et al. (2015). */
  static void initialise(FlatParameters parameters, Initialiser initialiser) {
    StateNetwork.initialise(parameters, initialiser);
    for (String name : ownNames()) {
      Tensor weight = parameters.get(name).detach();
      if (name.endsWith(".bias") || name.equals(GAMES)) {
        initialiser.constant(weight, 0);
      } else if (name.equals(BACKGROUND)) {
        initialiser.constant(weight, CodeFacts.UNKNOWN);
      } else if (name.equals(TABLE)) {
        initialiser.normal(name, weight, 1);
      } else if (name.equals(PLACES) || name.equals(ACTION_TABLE)) {
        initialiser.normal(name, weight, 0.3);
      } else {
        boolean last = name.startsWith(OUT) || name.startsWith(FRAME);
        double gain = last ? OUT_GAIN : Math.sqrt(2);
        initialiser.normal(name, weight, gain / Math.sqrt(parameters.shape(name)[1]));
      }
    }
  }

  /** Starts from what is known of the codes: their look, and the background of each game. */
  static void startFrom(FlatParameters parameters, CodeFacts facts, Initialiser initialiser) {
    SmallLayers.startFrom(parameters, TABLE, facts, initialiser);
    StateNetwork.startFrom(parameters, facts, initialiser);
    setBackground(parameters, facts);
  }

  /** Takes over the background of all games of which there is one. */
  static void setBackground(FlatParameters parameters, CodeFacts facts) {
    facts.putBackground(parameters.get(BACKGROUND).detach());
  }
}
