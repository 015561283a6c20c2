package org.jowa.model.world;

import static org.jowa.model.world.WorldConfig.BLOCK_TOKENS;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.Range;
import org.jowa.model.torch.StepScope;

/**
 * JOWA's transformer that is world model and Q-function in one (spec section 2), for whole
 * sequences as training needs them.
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
  private final ParameterViews weights;
  private final ParameterViews gradients;
  private final Transformer transformer;
  private final DropoutMasks masks;
  private final ObservationHead observationHead;
  private final WorldHeads heads;
  private final List<Range> headRanges;
  private final List<List<Range>> blockRanges = new ArrayList<>();
  private final List<Range> otherRanges;

  private WorldActionModel(WorldConfig config, FlatParameters parameters) {
    this.config = config;
    this.parameters = parameters;
    weights = new ParameterViews(parameters, parameters.weights());
    gradients = new ParameterViews(parameters, parameters.gradients());
    transformer = new Transformer(config, weights, gradients);
    observationHead = new ObservationHead(weights, gradients);
    masks = new DropoutMasks(config);
    heads = new WorldHeads(parameters);
    headRanges = parameters.ranges(name -> name.startsWith(WorldWeights.HEADS));
    for (int layer = 0; layer < config.layers(); layer++) {
      String block = WorldWeights.block(layer);
      blockRanges.add(parameters.ranges(name -> name.startsWith(block)));
    }
    otherRanges =
        parameters.ranges(
            name -> !name.startsWith(WorldWeights.HEADS) && !name.startsWith(WorldWeights.BLOCKS));
  }

  /** A model with the first weights of a run; the target head is a copy of the online one. */
  public static WorldActionModel create(WorldConfig config, long seed) {
    try (StepScope scope = StepScope.inference()) {
      WorldActionModel model = new WorldActionModel(config, WorldWeights.create(config, seed));
      model.copyTarget();
      return model;
    }
  }

  public WorldConfig config() {
    return config;
  }

  /** Weights and gradients by the reference's names. */
  public FlatParameters parameters() {
    return parameters;
  }

  /** The heads, sharing this model's weights. */
  public WorldHeads heads() {
    return heads;
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
    return transformer.forward(batch, rowBlocks, masks);
  }

  /**
   * Adds the gradients of the transformer's weights for the last forward pass.
   *
   * @param featureGradient {@code [B * 37 T, E]}
   */
  public void backward(Tensor featureGradient) {
    backward(featureGradient, range -> {});
  }

  /**
   * The same for the last backward pass of a step, the heads' having gone before.
   *
   * @param complete told where gradients lie that won't change any more, last layers first
   */
  public void backward(Tensor featureGradient, Consumer<Range> complete) {
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
  public float[] observationLosses(
      Tensor rows, Tensor labels, double scale, Optional<Tensor> rowGradient) {
    return observationHead.crossEntropy(rows, labels, scale, rowGradient);
  }

  /**
   * Outputs of the online Q networks with the dropout of the last forward pass.
   *
   * @param rows features {@code [n, E]}
   * @param positions of each row in {@code [B * T]}, int64 {@code [n]}
   * @return {@code [qHeads, n, 18 * outputs]}
   */
  public Tensor trainingQ(Tensor rows, Tensor positions) {
    Tensor mask = masks.qHead();
    return heads.q(rows, mask == null ? null : mask.index_select(0, positions));
  }

  @Override
  public void close() {
    transformer.close();
    observationHead.close();
    masks.close();
    weights.close();
    gradients.close();
    parameters.close();
  }
}
