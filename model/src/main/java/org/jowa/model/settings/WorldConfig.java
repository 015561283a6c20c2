package org.jowa.model.settings;

import org.jowa.error.UsageException;

/**
 * Sizes and switches of a world-action model (spec section 2).
 *
 * @param layers transformer blocks
 * @param heads attention heads; divides {@code width}
 * @param width of the residual stream, E
 * @param qWidth of the hidden layers of a Q network, M
 * @param qHeads Q networks in the ensemble
 * @param codebookSize values of an observation token, V
 * @param blocks frames with their action in the longest sequence; the position table has 37 rows
 *     for each
 * @param dropouts dropout probabilities of training
 * @param useTaskEmbedding whether the game is told to the model
 * @param qLossBackwardsWorldModel whether the Q loss trains the transformer too
 * @param tdLoss what the Q head predicts
 * @param atoms points of the return distribution (of no effect with {@link TdLoss#MSE})
 * @param valueMin lowest return
 * @param valueMax highest return
 * @param stateInput what the Q heads read of a frame
 * @param behaviourWidth of the tokens' vectors in a {@link BehaviourNetwork}; 0 for no such network
 * @param support actions to which the behaviour network gives less than this share of its likeliest
 *     one's probability are no candidates, in the TD target and in play (batch-constrained
 *     Q-learning, arXiv 1910.01708); 0 lets all compete, 1 leaves the likeliest
 * @param neighbourhoodWidth of the tokens' vectors in a {@link NeighbourhoodNetwork}; 0 for no such
 *     network
 */
public record WorldConfig(
    int layers,
    int heads,
    int width,
    int qWidth,
    int qHeads,
    int codebookSize,
    int blocks,
    Dropouts dropouts,
    boolean useTaskEmbedding,
    boolean qLossBackwardsWorldModel,
    TdLoss tdLoss,
    int atoms,
    double valueMin,
    double valueMax,
    StateInput stateInput,
    int behaviourWidth,
    double support,
    int neighbourhoodWidth) {
  /** Observation tokens of one frame, a 6 by 6 grid in row-major order. */
  public static final int FRAME_TOKENS = 36;

  /** Tokens of one block: a frame and the action taken on it. */
  public static final int BLOCK_TOKENS = FRAME_TOKENS + 1;

  /** Offset in a block of the token that the Q heads read: the last one of the frame. */
  public static final int Q_OFFSET = FRAME_TOKENS - 1;

  /** Offset in a block of the action token, which the reward and end heads read. */
  public static final int ACTION_OFFSET = FRAME_TOKENS;

  /** Actions of the full set; the Q heads rate all of them in every game. */
  public static final int ACTIONS = 18;

  /** Rows of the task tables. */
  public static final int GAMES = 60;

  /** Checks that every size is positive and that they fit together. */
  public WorldConfig {
    atLeastOne("layers", layers);
    atLeastOne("heads", heads);
    atLeastOne("width", width);
    atLeastOne("q-width", qWidth);
    atLeastOne("q-heads", qHeads);
    atLeastOne("codebook-size", codebookSize);
    atLeastOne("blocks", blocks);
    if (width % heads != 0) {
      throw new UsageException(
          "world.width " + width + " is no multiple of world.heads " + heads + ": change one");
    }
    if (tdLoss == TdLoss.C51 && atoms < 2) {
      throw new UsageException("world.atoms is " + atoms + ": at least 2 are needed");
    }
    if (!(valueMin < valueMax)) {
      throw new UsageException(
          "world.value-min " + valueMin + " is not below world.value-max " + valueMax);
    }
    if (!(support >= 0 && support <= 1)) {
      throw new UsageException("world.support is " + support + ": it lies between 0 and 1");
    }
    if (support > 0 && behaviourWidth == 0) {
      throw new IllegalArgumentException("What is supported is said by a behaviour network");
    }
  }

  /** A model whose Q heads read a frame's last token, without a behaviour network. */
  public WorldConfig(
      int layers,
      int heads,
      int width,
      int qWidth,
      int qHeads,
      int codebookSize,
      int blocks,
      Dropouts dropouts,
      boolean useTaskEmbedding,
      boolean qLossBackwardsWorldModel,
      TdLoss tdLoss,
      int atoms,
      double valueMin,
      double valueMax) {
    this(
        layers,
        heads,
        width,
        qWidth,
        qHeads,
        codebookSize,
        blocks,
        dropouts,
        useTaskEmbedding,
        qLossBackwardsWorldModel,
        tdLoss,
        atoms,
        valueMin,
        valueMax,
        StateInput.TOKEN,
        0,
        0,
        0);
  }

  /** Tokens of the longest sequence. */
  public int maxTokens() {
    return blocks * BLOCK_TOKENS;
  }

  /** Width of what the Q heads read. */
  public int stateWidth() {
    return stateInput.tokens() * width;
  }

  /** Width of one attention head. */
  public int headWidth() {
    return width / heads;
  }

  /** Outputs of a Q network for one action: the atoms, or one value. */
  public int outputsPerAction() {
    return tdLoss == TdLoss.C51 ? atoms : 1;
  }

  /** Outputs of a Q network, action-major. */
  public int qOutputs() {
    return ACTIONS * outputsPerAction();
  }

  /** Distance between two neighbouring atoms. */
  public double atomStep() {
    return (valueMax - valueMin) / (atoms - 1);
  }

  /** The same model without dropout. */
  public WorldConfig withoutDropout() {
    return new WorldConfig(
        layers,
        heads,
        width,
        qWidth,
        qHeads,
        codebookSize,
        blocks,
        Dropouts.NONE,
        useTaskEmbedding,
        qLossBackwardsWorldModel,
        tdLoss,
        atoms,
        valueMin,
        valueMax,
        stateInput,
        behaviourWidth,
        support,
        neighbourhoodWidth);
  }

  /** The same model with other ways from a state to an action. */
  public WorldConfig withStates(StateInput stateInput, int behaviourWidth, double support) {
    return new WorldConfig(
        layers,
        heads,
        width,
        qWidth,
        qHeads,
        codebookSize,
        blocks,
        dropouts,
        useTaskEmbedding,
        qLossBackwardsWorldModel,
        tdLoss,
        atoms,
        valueMin,
        valueMax,
        stateInput,
        behaviourWidth,
        support,
        neighbourhoodWidth);
  }

  /** The same model with a neighbourhood network of another width. */
  public WorldConfig withNeighbourhood(int neighbourhoodWidth) {
    return new WorldConfig(
        layers,
        heads,
        width,
        qWidth,
        qHeads,
        codebookSize,
        blocks,
        dropouts,
        useTaskEmbedding,
        qLossBackwardsWorldModel,
        tdLoss,
        atoms,
        valueMin,
        valueMax,
        stateInput,
        behaviourWidth,
        support,
        neighbourhoodWidth);
  }

  private static void atLeastOne(String name, int value) {
    if (value < 1) {
      throw new UsageException("world." + name + " is " + value + ": it must be at least 1");
    }
  }
}
