package org.jowa.model.world;

import static org.jowa.model.settings.WorldConfig.BLOCK_TOKENS;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.Initialiser;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.ProductWeights;
import org.jowa.model.torch.Range;
import org.jowa.model.torch.StepScope;

/**
 * JOWA's transformer that is world model and Q-function in one (spec section 2), for whole
 * sequences as training needs them. Three types hold what it is: {@link WorldConfig} its sizes,
 * {@link WorldTensors} its weights and, in the same layout, their gradients, {@link Activations}
 * what passes leave. {@link Transformer} and the layers below it hold nothing of their own.
 *
 * <p>A pass goes {@link #forward}, then {@link #observationLosses} and any loss over the other
 * {@link #heads} with recorded gradients, then {@link #backward} with the features' gradient. All
 * inside one {@code StepScope}; features lie on memory that the next forward pass uses again. One
 * thread at a time.
 */
public final class WorldActionModel implements AutoCloseable {
  /** Classes of the reward head: negative, zero, positive. */
  public static final int REWARD_CLASSES = 3;

  /** Classes of the end head. */
  public static final int END_CLASSES = 2;

  private final WorldConfig config;
  private final FlatParameters parameters;
  private final Compute compute;
  private final ProductWeights productWeights;
  private final List<ParameterViews> views;
  private final Activations activations;
  private final Transformer transformer;
  private final DropoutMasks masks;
  private final ObservationHead observationHead;
  private final WorldHeads heads;
  private final BehaviourNetwork behaviour;
  private final NeighbourhoodNetwork neighbourhood;
  private final List<Range> headRanges;
  private final List<List<Range>> blockRanges = new ArrayList<>();
  private final List<Range> otherRanges;

  private WorldActionModel(WorldConfig config, FlatParameters parameters, Compute compute) {
    this.config = config;
    this.parameters = parameters;
    this.compute = compute;
    productWeights = new ProductWeights(parameters, compute);
    ParameterViews exact = new ParameterViews(parameters, parameters.weights());
    ParameterViews ofProducts = new ParameterViews(parameters, productWeights.flat());
    ParameterViews ofGradients = new ParameterViews(parameters, parameters.gradients());
    views = List.of(exact, ofProducts, ofGradients);
    WorldTensors weights = WorldTensors.of(config, exact, ofProducts);
    WorldTensors gradients = WorldTensors.of(config, ofGradients, ofGradients);
    activations = new Activations(config, compute);
    Products products = new Products(compute, activations.scratch.product);
    neighbourhood = NeighbourhoodNetwork.of(parameters::get);
    transformer =
        new Transformer(
            config,
            weights,
            gradients,
            activations,
            compute,
            products,
            config.neighbourhoodWidth() > 0 ? Optional.of(neighbourhood) : Optional.empty());
    observationHead = new ObservationHead(weights, gradients, activations.head, compute, products);
    masks = new DropoutMasks(config, compute);
    heads = new WorldHeads(parameters, productWeights, config.stateInput());
    behaviour = BehaviourNetwork.of(parameters::get);
    headRanges = parameters.ranges(name -> name.startsWith(WorldWeights.HEADS));
    for (int layer = 0; layer < config.layers(); layer++) {
      String block = WorldWeights.block(layer);
      blockRanges.add(parameters.ranges(name -> name.startsWith(block)));
    }
    otherRanges =
        parameters.ranges(
            name -> !name.startsWith(WorldWeights.HEADS) && !name.startsWith(WorldWeights.BLOCKS));
  }

  /** A model in fp32 on the CPU; see {@link #create(WorldConfig, long, Compute)}. */
  public static WorldActionModel create(WorldConfig config, long seed) {
    return create(config, seed, Compute.FP32_ON_CPU);
  }

  /**
   * A model with the first weights of a run; the target head is a copy of the online one.
   *
   * @param compute where and in which precision it computes, losses and gradients included
   * @throws org.jowa.error.InvalidInputException if torch can't use the device
   */
  public static WorldActionModel create(WorldConfig config, long seed, Compute compute) {
    compute.prepare();
    try (StepScope scope = StepScope.inference()) {
      FlatParameters parameters = WorldWeights.create(config, seed, compute.device());
      WorldActionModel model = new WorldActionModel(config, parameters, compute);
      model.copyTarget();
      return model;
    }
  }

  public WorldConfig config() {
    return config;
  }

  /** The device of weights, gradients, features and losses. */
  public Device device() {
    return compute.device();
  }

  /** Weights and gradients by the reference's names. */
  public FlatParameters parameters() {
    return parameters;
  }

  /** The heads, sharing this model's weights, as these are now. */
  public WorldHeads heads() {
    productWeights.refresh();
    return heads;
  }

  /** What the data's players do, of models with such a network; it shares this model's weights. */
  public BehaviourNetwork behaviour() {
    return behaviour;
  }

  /** Starts the networks of single tokens, of models with some, from what is known of the codes. */
  public void startFromCodes(CodeFacts facts, long seed) {
    try (StepScope scope = StepScope.inference()) {
      if (config.behaviourWidth() > 0) {
        BehaviourNetwork.startFrom(parameters, facts, Initialiser.of(seed));
      }
      if (config.neighbourhoodWidth() > 0) {
        NeighbourhoodNetwork.startFrom(parameters, facts, Initialiser.of(seed));
      }
    }
    parameters.changed();
  }

  /** Takes over the background of a data set's games, after weights were read that know others. */
  public void addBackground(CodeFacts facts) {
    try (StepScope scope = StepScope.inference()) {
      if (config.behaviourWidth() > 0) {
        BehaviourNetwork.setBackground(parameters, facts);
      }
      if (config.neighbourhoodWidth() > 0) {
        NeighbourhoodNetwork.setBackground(parameters, facts);
      }
    }
    parameters.changed();
  }

  /**
   * What the places around tokens say, of models with such a network; shares this one's weights.
   */
  public NeighbourhoodNetwork neighbourhood() {
    return neighbourhood;
  }

  /** Vectors {@code [n, E]} after the final normalisation, recorded if the caller's thread does. */
  public Tensor normalised(Tensor vectors) {
    return torch.layer_norm(
        vectors,
        new long[] {config.width()},
        new TensorOptional(parameters.get(WorldWeights.FINAL_NORM + ".weight")),
        new TensorOptional(parameters.get(WorldWeights.FINAL_NORM + ".bias")),
        LayerNorm.EPSILON,
        /* cudnn_enable= */ true);
  }

  /** Ends a recorded backward pass through heads alone. */
  public void collectHeadGradients() {
    heads.collectGradients();
  }

  /** Copies the online Q head to the target head. */
  public void copyTarget() {
    try (StepScope scope = StepScope.inference()) {
      Range online = parameters.range(ParameterGroup.Q);
      Range target = parameters.range(ParameterGroup.TARGET);
      Tensor weights = parameters.weights();
      weights
          .narrow(0, target.offset(), target.length())
          .copy_(weights.narrow(0, online.offset(), online.length()));
    }
  }

  /** Gives a game the rows that another one has in the tables of games, ids each. */
  public void copyGame(int game, int from) {
    try (StepScope scope = StepScope.inference()) {
      List<String> tables = new ArrayList<>(WorldWeights.TASKS);
      if (config.behaviourWidth() > 0) {
        tables.add(BehaviourNetwork.GAMES);
      }
      if (config.neighbourhoodWidth() > 0) {
        tables.add(NeighbourhoodNetwork.GAMES);
        tables.add(StateNetwork.GAMES_TABLE);
      }
      for (String table : tables) {
        Tensor rows = parameters.get(table).detach();
        rows.select(0, game).copy_(rows.select(0, from));
      }
    }
    parameters.changed();
  }

  /**
   * Features after the final normalisation, {@code [B * 37 T, E]}, not recorded for gradients.
   *
   * @param dropout key of the dropout masks; empty for none
   * @throws IllegalArgumentException if the batch has more steps than the model has blocks, or an
   *     id outside its table
   */
  public Tensor forward(WorldBatch batch, Optional<DropoutKey> dropout) {
    if (batch.steps() > config.blocks()) {
      throw new IllegalArgumentException(
          "Sequences have " + batch.steps() + " steps, the model has " + config.blocks());
    }
    int tokens = batch.steps() * BLOCK_TOKENS;
    List<RowBlock> rowBlocks = RowBlock.of(tokens);
    if (dropout.isPresent()) {
      masks.draw(dropout.get(), batch, rowBlocks, tokens);
    } else {
      masks.disable();
    }
    productWeights.refresh();
    return transformer.forward(batch, rowBlocks, masks);
  }

  /**
   * Adds the gradients of the transformer's weights for the last forward pass, and those that were
   * recorded for the heads in the type of products, whose backward pass has gone before.
   *
   * @param featureGradient {@code [B * 37 T, E]}
   * @param complete told where gradients lie that won't change any more, last layers first
   */
  public void backward(Tensor featureGradient, Consumer<Range> complete) {
    heads.collectGradients();
    headRanges.forEach(complete);
    transformer.backward(featureGradient, layer -> blockRanges.get(layer).forEach(complete));
    otherRanges.forEach(complete);
  }

  /**
   * Cross-entropies of the observation head, whose gradients are not recorded but added at once.
   *
   * @param rows features {@code [n, E]}
   * @param labels tokens to predict, int64 {@code [n]}
   * @param scale what the sum of the cross-entropies counts in the total loss
   * @param rowGradient receives the gradient of {@code rows}, {@code [n, E]}; empty for the losses
   *     alone
   * @return {@code [n]}
   */
  public Tensor observationLosses(
      Tensor rows, Tensor labels, double scale, Optional<Tensor> rowGradient) {
    return observationHead.crossEntropy(rows, labels, scale, rowGradient);
  }

  /**
   * Outputs of the online Q networks with the dropout of the last forward pass.
   *
   * @param rows features {@code [n, stateWidth]}
   * @param positions of each row in {@code [B * T]}, int64 {@code [n]}
   * @return {@code [qHeads, n, 18 * outputs]}
   */
  public Tensor trainingQ(Tensor rows, Tensor positions) {
    Tensor mask = masks.qHead();
    return heads.q(rows, mask == null ? null : mask.index_select(0, positions));
  }

  @Override
  public void close() {
    activations.close();
    masks.close();
    views.forEach(ParameterViews::close);
    productWeights.close();
    parameters.close();
  }
}
