package org.jowa.model.world;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.Initialiser;
import org.jowa.model.torch.ParameterGroup;
import org.jspecify.annotations.Nullable;

/**
 * What the data's players do at a frame: the behaviour model of batch-constrained Q-learning (arXiv
 * 1910.01708). The reference has none.
 *
 * <p>A network of its own beside the transformer: it reads the tokens of a frame and of the one
 * before it, leaves out the places where both are the game's background, puts what each of the few
 * others shows and showed through the same small network, and what comes out, side by side in the
 * order of the frame's places, through another one. What stands still says nothing of what to do,
 * but is most of a frame: left in, learning takes several times as long. Reading a frame costs a
 * hundredth of what the transformer needs, so it can see some hundred thousand frames in the
 * minutes in which a head on the transformer sees too few to learn anything.
 */
public final class BehaviourNetwork {
  /** What all names of its parameters begin with. */
  private static final String PREFIX = "behaviour.";

  private static final String TOKENS = PREFIX + "tokens.weight";
  private static final String POSITIONS = PREFIX + "positions.weight";
  static final String GAMES = PREFIX + "games.weight";

  /**
   * Not learned: the token that is a game's background at each place, or {@link CodeFacts#UNKNOWN}.
   */
  private static final String BACKGROUND = PREFIX + "background";

  private static final String[] OF_TOKEN = {PREFIX + "token.0", PREFIX + "token.2"};
  private static final String[] OF_FRAME = {
    PREFIX + "frame.0", PREFIX + "frame.2", PREFIX + "frame.4"
  };

  private static final String VALUE = PREFIX + "value.0";

  private static final List<String> LAYERS =
      Stream.concat(Stream.of(OF_TOKEN, OF_FRAME).flatMap(Arrays::stream), Stream.of(VALUE))
          .toList();

  private static final double POSITION_DEVIATION = 0.5;

  /** Share of the tokens that are left out in training. */
  private static final double DROPOUT = 0.03;

  private static final long SITE = 1;

  /** All actions are about as likely at the start, and nothing is worth much. */
  private static final double LAST_GAIN = 0.05;

  private final SmallLayers layers;

  /**
   * What is said of frames in training.
   *
   * @param logits over the full set of actions, {@code [n, 18]}
   * @param values the returns that follow in the mean, in points, {@code [n]}
   */
  public record Judgement(Tensor logits, Tensor values) {}

  private BehaviourNetwork(Function<String, Tensor> weights) {
    layers = new SmallLayers(weights);
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
   * @param states frames, each with the one before it; their actions aren't read
   */
  public Tensor logits(Transitions states, Device device) {
    return layers.linear(OF_FRAME[2], hidden(states, device, null));
  }

  /**
   * The same in training, and what the frames are worth: some tokens of every frame are left out,
   * so that no network learns by heart what was done in frames that it knows by a rare token, a
   * score's digits for instance.
   *
   * @param samples global index of each frame, which decides with the key what is left out
   */
  public Judgement training(Transitions states, Device device, DropoutKey key, long[] samples) {
    Tensor keep = torch.empty(new long[] {samples.length, WorldConfig.FRAME_TOKENS});
    FunctionalRandom.dropout(keep, key.seed(), key.step(), samples, SITE, DROPOUT);
    Tensor hidden = hidden(states, device, device.put(keep));
    return new Judgement(
        layers.linear(OF_FRAME[2], hidden), layers.linear(VALUE, hidden).view(samples.length));
  }

  /**
   * The last hidden layer, {@code [n, 4 w]}.
   *
   * @param keep 0 for tokens that are left out, fp32 {@code [n, 36]}; null for none
   */
  private Tensor hidden(Transitions states, Device device, @Nullable Tensor keep) {
    long n = states.count();
    Tensor now = tokens(states.frames(), device);
    Tensor before = tokens(states.before(), device);
    Tensor ofGames = device.indices(states.games());
    Tensor behind = layers.weight(BACKGROUND).index_select(0, ofGames);
    Tensor there = before.ge(new Scalar(0));
    Tensor shown = now.ne(behind).logical_or(before.ne(behind).logical_and(there));
    if (keep != null) {
      shown = shown.logical_and(keep.ne(new Scalar(0)));
    }
    Tensor places = shown.view(-1).nonzero().view(-1);
    Tensor showed =
        vectors(before.relu(), places)
            .mul(there.view(-1, 1).index_select(0, places).toType(ScalarType.Float));
    Tensor parts =
        torch
            .cat(new TensorVector(vectors(now, places), showed), 1)
            .add(
                layers
                    .weight(POSITIONS)
                    .index_select(0, places.remainder(new Scalar(WorldConfig.FRAME_TOKENS))));
    for (String layer : OF_TOKEN) {
      parts = layers.linear(layer, parts).relu();
    }
    Tensor frame = SmallLayers.sideBySide(parts, places, n, device);
    Tensor ofGame = layers.weight(GAMES).index_select(0, ofGames);
    Tensor hidden = layers.linear(OF_FRAME[0], frame).add(ofGame).relu();
    return layers.linear(OF_FRAME[1], hidden).relu();
  }

  /** Codes at all places of frames, int64 {@code [n, 36]}. */
  private static Tensor tokens(int[] frames, Device device) {
    return device.indices(frames).view(-1, WorldConfig.FRAME_TOKENS);
  }

  /** The vectors of the codes at some places, {@code [k, w]}. */
  private Tensor vectors(Tensor frames, Tensor places) {
    return layers.weight(TOKENS).index_select(0, frames.view(-1).index_select(0, places));
  }

  /** Whether a model's parameter of this name is one of its own. */
  public static boolean has(String parameter) {
    return parameter.startsWith(PREFIX);
  }

  /** The names of all its parameters. */
  public static List<String> names() {
    return SmallLayers.names(List.of(TOKENS, POSITIONS, GAMES, BACKGROUND), LAYERS);
  }

  /** Declares the parameters of a model that has one. */
  static void declare(FlatParameters.Builder builder, WorldConfig config) {
    long width = config.behaviourWidth();
    builder.add(TOKENS, ParameterGroup.BEHAVIOUR, config.codebookSize(), width);
    builder.add(POSITIONS, ParameterGroup.BEHAVIOUR, WorldConfig.FRAME_TOKENS, 2 * width);
    builder.add(GAMES, ParameterGroup.BEHAVIOUR, WorldConfig.GAMES, 4 * width);
    builder.add(BACKGROUND, ParameterGroup.CONSTANT, WorldConfig.GAMES, WorldConfig.FRAME_TOKENS);
    SmallLayers.declare(
        builder,
        OF_TOKEN[0],
        ParameterGroup.BEHAVIOUR,
        ParameterGroup.BEHAVIOUR,
        2 * width,
        2 * width);
    SmallLayers.declare(
        builder, OF_TOKEN[1], ParameterGroup.BEHAVIOUR, ParameterGroup.BEHAVIOUR, 2 * width, width);
    SmallLayers.declare(
        builder,
        OF_FRAME[0],
        ParameterGroup.BEHAVIOUR,
        ParameterGroup.BEHAVIOUR,
        WorldConfig.FRAME_TOKENS * width,
        4 * width);
    SmallLayers.declare(
        builder,
        OF_FRAME[1],
        ParameterGroup.BEHAVIOUR,
        ParameterGroup.BEHAVIOUR,
        4 * width,
        4 * width);
    SmallLayers.declare(
        builder,
        OF_FRAME[2],
        ParameterGroup.BEHAVIOUR,
        ParameterGroup.BEHAVIOUR,
        4 * width,
        WorldConfig.ACTIONS);
    SmallLayers.declare(
        builder, VALUE, ParameterGroup.BEHAVIOUR, ParameterGroup.BEHAVIOUR, 4 * width, 1);
  }

  /** First values. Activations keep their size from layer to layer, as after He et al. (2015). */
  static void initialise(FlatParameters parameters, Initialiser initialiser) {
    for (String name : names()) {
      Tensor weight = parameters.get(name).detach();
      if (name.endsWith(".bias") || name.equals(GAMES)) {
        initialiser.constant(weight, 0);
      } else if (name.equals(BACKGROUND)) {
        initialiser.constant(weight, CodeFacts.UNKNOWN);
      } else if (name.equals(TOKENS)) {
        initialiser.normal(name, weight, 1);
      } else if (name.equals(POSITIONS)) {
        initialiser.normal(name, weight, POSITION_DEVIATION);
      } else {
        double gain =
            name.startsWith(OF_FRAME[2]) || name.startsWith(VALUE) ? LAST_GAIN : Math.sqrt(2);
        double inputs = parameters.shape(name)[1];
        if (name.startsWith(OF_FRAME[0])) {
          inputs = SmallLayers.shownOf(inputs);
        }
        initialiser.normal(name, weight, gain / Math.sqrt(inputs));
      }
    }
  }

  /** Starts from what is known of the codes: their look, and the background of each game. */
  static void startFrom(FlatParameters parameters, CodeFacts facts, Initialiser initialiser) {
    SmallLayers.startFrom(parameters, TOKENS, facts, initialiser);
    setBackground(parameters, facts);
  }

  /** Takes over the background of all games of which there is one. */
  static void setBackground(FlatParameters parameters, CodeFacts facts) {
    facts.putBackground(parameters.get(BACKGROUND).detach());
  }
}
