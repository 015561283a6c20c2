package org.jowa.model.settings;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.Locale;
import org.jowa.data.dataset.StepColumns;
import org.jowa.env.game.Games;
import org.jowa.error.UsageException;

/**
 * Sizes and switches of a world-action model (spec section 2).
 *
 * @param layers transformer blocks
 * @param heads attention heads; divides {@code width}
 * @param width of the residual stream, E
 * @param qWidth of the hidden layers of a Q network, M
 * @param qHeads Q networks in the ensemble
 * @param codebookSize values of an observation token, V: as many as the tokenizer has codes
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
@Section("world")
@RecordBuilder
public record WorldConfig(
    @Setting(value = "transformer blocks", range = "[1, 200]") int layers,
    @Setting(value = "attention heads", range = "[1, 256]") int heads,
    @Setting(value = "embedding width", range = "[2, 16_384]") int width,
    @Setting(value = "hidden width of the Q heads", range = "[1, 16_384]") int qWidth,
    @Setting(value = "Q heads in the ensemble", range = "[1, 64]") int qHeads,
    int codebookSize,
    @Setting(value = "frames of context, each 36 tokens and one action", range = "[1, 64]")
        int blocks,
    Dropouts dropouts,
    @Setting("add an embedding of the game to every token") boolean useTaskEmbedding,
    @Setting("let the Q losses train the transformer too") boolean qLossBackwardsWorldModel,
    @Setting("c51 (distribution over atoms) or mse (one value an action)") TdLoss tdLoss,
    @Setting(value = "points of the value distribution", range = "[2, 1001]") int atoms,
    @Setting(value = "value of the first atom", range = "[-1e6, 1e6]") double valueMin,
    @Setting(value = "value of the last atom", range = "[-1e6, 1e6]") double valueMax,
    @Setting(
            value = "what the Q heads read of a frame: its last token, or all (frame)",
            key = "state",
            before = "token")
        StateInput stateInput,
    int behaviourWidth,
    @Setting(
            value = "actions below this share of its likeliest one's probability are out",
            range = "[0, 1]",
            before = "0")
        double support,
    int neighbourhoodWidth)
    implements WorldConfigBuilder.With {
  /** Observation tokens of one frame, a 6 by 6 grid in row-major order. */
  public static final int FRAME_TOKENS = StepColumns.TOKENS_PER_FRAME;

  /** Tokens of one block: a frame and the action taken on it. */
  public static final int BLOCK_TOKENS = FRAME_TOKENS + 1;

  /** Offset in a block of the token that the Q heads read: the last one of the frame. */
  public static final int Q_OFFSET = FRAME_TOKENS - 1;

  /** Offset in a block of the action token, which the reward and end heads read. */
  public static final int ACTION_OFFSET = FRAME_TOKENS;

  /** Actions of the full set; the Q heads rate all of them in every game. */
  public static final int ACTIONS = Games.FULL_ACTIONS;

  /** Rows of the task tables. */
  public static final int GAMES = Games.COUNT;

  /** Checks that values fit together. */
  public WorldConfig {
    if (width % heads != 0) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "world.width must be a multiple of world.heads, found world.width=%d, world.heads=%d",
              width,
              heads));
    }
    if (!(valueMin < valueMax)) {
      throw new UsageException(
          "world.value-min must be below world.value-max, found world.value-min=%s, world.value-max=%s"
              .formatted(valueMin, valueMax));
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
}
