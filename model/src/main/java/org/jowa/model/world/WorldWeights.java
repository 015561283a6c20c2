package org.jowa.model.world;

import static org.jowa.model.settings.WorldConfig.ACTIONS;
import static org.jowa.model.settings.WorldConfig.GAMES;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.StateInput;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.Initialiser;
import org.jowa.model.torch.ParameterGroup;

/**
 * Names, shapes, groups and first values of a world-action model's parameters (spec sections 2.4,
 * 2.6 and 4). Names are those of the reference's state dict; layers and normalisations end in
 * {@code .weight} and {@code .bias}.
 */
public final class WorldWeights {
  /** Name of the embeddings of positions in a sequence. */
  public static final String POSITIONS = "pos_emb.weight";

  /** Names of the embeddings of tokens: of actions and of a frame's. */
  public static final List<String> TOKENS =
      List.of("embedder.embedding_tables.0.weight", "embedder.embedding_tables.1.weight");

  public static final String OBSERVATION_HEAD = "head_observations";
  public static final String REWARD_HEAD = "head_rewards";
  public static final String END_HEAD = "head_ends";

  /** Name of the online Q ensemble's tensors, without the index. */
  public static final String Q = "head_q.head_module.params.";

  /** Name of the target ensemble's tensors, without the index. */
  public static final String Q_TARGET = "head_q_target.head_module.params.";

  /** Name of what every token of a frame goes through before they are added up to a state. */
  public static final String POOL = "head_pool";

  /** What all names of the heads begin with, those of the Q ensembles too. */
  public static final String HEADS = "head_";

  /** Names of the embeddings of games, a row each: for actions and for observations. */
  public static final List<String> TASKS =
      List.of("task_emb.embedding_tables.0.weight", "task_emb.embedding_tables.1.weight");

  /** Name of the normalisation after the blocks. */
  public static final String FINAL_NORM = "transformer.ln_f";

  /** What all names of the transformer blocks begin with. */
  public static final String BLOCKS = "transformer.blocks.";

  /** Tensors of a Q ensemble: weight and bias of three layers, of two normalisations between. */
  static final int Q_TENSORS = 10;

  private static final double DEVIATION = 0.02;

  /**
   * Of the tables of tokens, places and games where a neighbourhood network learns before them:
   * what it says is read together with them later, and shan't be drowned.
   */
  private static final double FAINT = 0.002;

  private final FlatParameters.Builder builder = FlatParameters.builder();

  private WorldWeights() {}

  /** Parameters of the shapes that a configuration asks for, with the first values of a run. */
  static FlatParameters create(WorldConfig config, long seed, Device device) {
    FlatParameters parameters = declare(config, device);
    initialise(parameters, config, Initialiser.of(seed));
    if (config.behaviourWidth() > 0) {
      BehaviourNetwork.initialise(parameters, Initialiser.of(seed));
    }
    if (config.neighbourhoodWidth() > 0) {
      NeighbourhoodNetwork.initialise(parameters, Initialiser.of(seed));
    }
    return parameters;
  }

  static FlatParameters declare(WorldConfig config, Device device) {
    return declared(config).build(device);
  }

  /** The shape of each parameter of a model, by its name. */
  public static Map<String, long[]> shapes(WorldConfig config) {
    return declared(config).shapes();
  }

  private static FlatParameters.Builder declared(WorldConfig config) {
    WorldWeights weights = new WorldWeights();
    int width = config.width();
    for (int layer = 0; layer < config.layers(); layer++) {
      String block = block(layer);
      weights.norm(block + "ln1", width);
      weights.norm(block + "ln2", width);
      weights.linear(block + "attn.key", width, width);
      // One view over the three serves the fused projection.
      weights.adjacentLinear(block + "attn.query", width, width);
      weights.adjacentLinear(block + "attn.value", width, width);
      weights.linear(block + "attn.proj", width, width);
      weights.linear(block + "mlp.0", width, 4 * width);
      weights.linear(block + "mlp.2", 4 * width, width);
    }
    weights.norm(FINAL_NORM, width);
    weights.table(POSITIONS, config.maxTokens(), width);
    weights.table(TASKS.get(0), GAMES, width);
    weights.adjacentTable(TASKS.get(1), GAMES, width);
    weights.table(TOKENS.get(0), ACTIONS, width);
    weights.adjacentTable(TOKENS.get(1), config.codebookSize(), width);
    if (config.neighbourhoodWidth() > 0) {
      NeighbourhoodNetwork.declare(weights.builder, config);
    }
    weights.head(OBSERVATION_HEAD, width, config.codebookSize());
    weights.head(REWARD_HEAD, width, WorldActionModel.REWARD_CLASSES);
    weights.head(END_HEAD, width, WorldActionModel.END_CLASSES);
    if (config.stateInput() == StateInput.FRAME) {
      weights.linear(POOL + ".head_module.0", width, 2 * width);
      weights.linear(POOL + ".head_module.2", 2 * width, width);
    }
    if (config.behaviourWidth() > 0) {
      BehaviourNetwork.declare(weights.builder, config);
    }
    weights.ensemble(Q, ParameterGroup.Q, config);
    weights.ensemble(Q_TARGET, ParameterGroup.TARGET, config);
    return weights.builder;
  }

  /** What all names of a transformer block begin with. */
  public static String block(int layer) {
    return BLOCKS + layer + ".";
  }

  private void norm(String name, long width) {
    builder.add(name + ".weight", ParameterGroup.NO_DECAY, width);
    builder.add(name + ".bias", ParameterGroup.NO_DECAY, width);
  }

  private void linear(String name, long in, long out) {
    builder.add(name + ".weight", ParameterGroup.DECAY, out, in);
    builder.add(name + ".bias", ParameterGroup.NO_DECAY, out);
  }

  private void adjacentLinear(String name, long in, long out) {
    builder.addAdjacent(name + ".weight", ParameterGroup.DECAY, out, in);
    builder.addAdjacent(name + ".bias", ParameterGroup.NO_DECAY, out);
  }

  private void adjacentTable(String name, long rows, long width) {
    builder.addAdjacent(name, ParameterGroup.NO_DECAY, rows, width);
  }

  private void table(String name, long rows, long width) {
    builder.add(name, ParameterGroup.NO_DECAY, rows, width);
  }

  private void head(String name, long width, long classes) {
    linear(name + ".head_module.0", width, width);
    linear(name + ".head_module.2", width, classes);
  }

  private void ensemble(String name, ParameterGroup group, WorldConfig config) {
    long[][] shapes = ensembleShapes(config);
    for (int i = 0; i < Q_TENSORS; i++) {
      builder.add(name + i, group, shapes[i]);
    }
  }

  private static long[][] ensembleShapes(WorldConfig config) {
    long n = config.qHeads();
    long hidden = config.qWidth();
    return new long[][] {
      {n, hidden, config.width()},
      {n, hidden},
      {n, hidden},
      {n, hidden},
      {n, hidden, hidden},
      {n, hidden},
      {n, hidden},
      {n, hidden},
      {n, config.qOutputs(), hidden},
      {n, config.qOutputs()}
    };
  }

  private static void initialise(
      FlatParameters parameters, WorldConfig config, Initialiser initialiser) {
    for (String name : parameters.names()) {
      Tensor weight = parameters.get(name).detach();
      if (BehaviourNetwork.has(name) || name.startsWith(NeighbourhoodNetwork.PREFIX)) {
        continue;
      }
      if (config.neighbourhoodWidth() > 0 && isLastOfBranch(name)) {
        // Blocks begin as nothing: what the network of its own stage has learned isn't drowned.
        initialiser.constant(weight, 0);
      } else if (name.startsWith(Q)) {
        initialiseQ(name, weight, config, initialiser);
      } else if (name.endsWith(".bias")) {
        initialiser.constant(weight, 0);
      } else if (parameters.shape(name).length == 1) {
        initialiser.constant(weight, 1);
      } else if (name.startsWith(POOL)) {
        // What is added up over a frame has to differ from token to token from the start.
        initialiser.normal(name, weight, Math.sqrt(2.0 / parameters.shape(name)[1]));
      } else if (config.neighbourhoodWidth() > 0 && isTable(name)) {
        initialiser.normal(name, weight, FAINT);
      } else if (!name.startsWith(Q_TARGET)) {
        initialiser.normal(name, weight, DEVIATION);
      }
    }
  }

  private static boolean isTable(String name) {
    return name.equals(POSITIONS) || TASKS.contains(name) || TOKENS.contains(name);
  }

  /** Whether a weight ends one of the two branches that a block adds to the stream. */
  private static boolean isLastOfBranch(String name) {
    return name.startsWith(BLOCKS)
        && (name.endsWith("attn.proj.weight") || name.endsWith("mlp.2.weight"));
  }

  /** The Q networks keep the framework's default for linear layers, the biases included. */
  private static void initialiseQ(
      String name, Tensor weight, WorldConfig config, Initialiser initialiser) {
    int index = Integer.parseInt(name.substring(Q.length()));
    switch (index) {
      case 2, 6 -> initialiser.constant(weight, 1);
      case 3, 7 -> initialiser.constant(weight, 0);
      case 0, 1 -> initialiser.uniform(name, weight, 1 / Math.sqrt(config.width()));
      default -> initialiser.uniform(name, weight, 1 / Math.sqrt(config.qWidth()));
    }
  }
}
