package org.jowa.model.world;

import static org.jowa.model.settings.WorldConfig.ACTIONS;
import static org.jowa.model.settings.WorldConfig.ACTION_OFFSET;
import static org.jowa.model.settings.WorldConfig.BLOCK_TOKENS;
import static org.jowa.model.settings.WorldConfig.FRAME_TOKENS;
import static org.jowa.model.settings.WorldConfig.GAMES;
import static org.jowa.model.settings.WorldConfig.Q_OFFSET;

import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * Input vectors: token, position and task embedding, summed (spec section 2.1). The tables for
 * actions and for observations are neighbours in memory and read as one.
 */
final class TokenEmbedding {
  private final WorldConfig config;
  private final WorldTensors weights;
  private final WorldTensors gradients;
  private final Activations.Embedding state;
  private final Device device;
  private final Optional<NeighbourhoodNetwork> neighbourhood;

  TokenEmbedding(
      WorldConfig config,
      WorldTensors weights,
      WorldTensors gradients,
      Activations.Embedding state,
      Device device,
      Optional<NeighbourhoodNetwork> neighbourhood) {
    this.config = config;
    this.weights = weights;
    this.gradients = gradients;
    this.state = state;
    this.device = device;
    this.neighbourhood = neighbourhood;
  }

  /** Input vectors {@code [B*S, E]}. */
  Tensor forward(WorldBatch batch, DropoutMasks masks) {
    state.batch = batch;
    int blocks = batch.size() * batch.steps();
    long tokens = (long) batch.steps() * BLOCK_TOKENS;
    long width = config.width();
    state.tokenRows = tokenRows(blocks);
    Tensor vectors = state.vectors.view((long) blocks * BLOCK_TOKENS, width);
    torch.index_select_out(vectors, weights.tokens(), 0, state.tokenRows);
    vectors.view(batch.size(), tokens, width).add_(weights.positions().narrow(0, 0, tokens));
    if (config.useTaskEmbedding()) {
      Tensor byBlock = vectors.view(batch.size(), batch.steps(), BLOCK_TOKENS, width);
      observations(byBlock).add_(taskVectors(GAMES));
      actions(byBlock).add_(taskVectors(0));
    }
    if (neighbourhood.isPresent()) {
      state.transitions = Transitions.of(batch, IntStream.range(0, blocks).toArray());
      Tensor around = around(neighbourhood.get());
      if (batch.steps() > 1) {
        nextTokens(vectors).add_(around.narrow(1, 0, batch.steps() - 1L));
      }
      lastActions(vectors).add_(atLastActions(around));
      lastTokens(vectors).add_(neighbourhood.get().ofStates(state.transitions, device));
    }
    Tensor mask = masks.embedding();
    return mask == null ? vectors : vectors.mul_(mask);
  }

  /**
   * Adds to the gradients of the tables.
   *
   * @param gradient of the input vectors {@code [B*S, E]}, changed in place
   */
  void backward(Tensor gradient, DropoutMasks masks) {
    Tensor mask = masks.embedding();
    if (mask != null) {
      gradient.mul_(mask);
    }
    neighbourhood.ifPresent(network -> backward(network, gradient));
    long tokens = (long) batch().steps() * BLOCK_TOKENS;
    long width = config.width();
    gradients.tokens().index_add_(0, state.tokenRows, gradient);
    Tensor bySequence = gradient.view(batch().size(), tokens, width);
    gradients.positions().narrow(0, 0, tokens).add_(bySequence.sum(0));
    if (config.useTaskEmbedding()) {
      Tensor byOffset = gradient.view(batch().size(), batch().steps(), BLOCK_TOKENS, width).sum(1);
      Tensor seen = byOffset.narrow(1, 0, FRAME_TOKENS).sum(1);
      gradients.games().index_add_(0, taskRows(GAMES), seen);
      gradients.games().index_add_(0, taskRows(0), byOffset.select(1, ACTION_OFFSET));
    }
  }

  /** The network is run once more, recorded: to keep what it computed would take more memory. */
  private void backward(NeighbourhoodNetwork network, Tensor gradient) {
    try (StepScope recording = StepScope.training()) {
      Tensor around = around(network);
      Tensor given = torch.zeros_like(around);
      if (batch().steps() > 1) {
        given.narrow(1, 0, batch().steps() - 1L).copy_(nextTokens(gradient));
      }
      atLastActions(given).copy_(lastActions(gradient));
      Tensor ofStates = network.ofStates(state.transitions, device).mul(lastTokens(gradient));
      around.mul(given).sum().add(ofStates.sum()).backward();
    }
  }

  /** What the network adds, {@code [B, T, 36, E]}. */
  private Tensor around(NeighbourhoodNetwork network) {
    return network
        .vectors(state.transitions, device)
        .view(batch().size(), batch().steps(), FRAME_TOKENS, config.width());
  }

  /** The vector of each frame's last token, {@code [B * T, E]}, of all input vectors. */
  private Tensor lastTokens(Tensor vectors) {
    return vectors.view(-1, BLOCK_TOKENS, config.width()).select(1, Q_OFFSET);
  }

  /**
   * From each action that a frame follows: the action and the next frame but its last token, {@code
   * [B, T-1, 36, E]} of all input vectors.
   */
  private Tensor nextTokens(Tensor vectors) {
    long steps = batch().steps();
    return vectors
        .view(batch().size(), steps * BLOCK_TOKENS, config.width())
        .narrow(1, ACTION_OFFSET, (steps - 1) * BLOCK_TOKENS)
        .view(batch().size(), steps - 1, BLOCK_TOKENS, config.width())
        .narrow(2, 0, FRAME_TOKENS);
  }

  /** The vector of each sequence's last action, {@code [B, E]}, of all input vectors. */
  private Tensor lastActions(Tensor vectors) {
    long tokens = (long) batch().steps() * BLOCK_TOKENS;
    return vectors.view(batch().size(), tokens, config.width()).select(1, tokens - 1);
  }

  /** What the network adds to those, {@code [B, E]} of {@code [B, T, 36, E]}. */
  private Tensor atLastActions(Tensor around) {
    return around.select(1, batch().steps() - 1L).select(1, 0);
  }

  private WorldBatch batch() {
    return state.batch;
  }

  private Tensor tokenRows(int blocks) {
    long[] rows = new long[blocks * BLOCK_TOKENS];
    for (int block = 0; block < blocks; block++) {
      int target = block * BLOCK_TOKENS;
      for (int i = 0; i < FRAME_TOKENS; i++) {
        int token = batch().tokens()[block * FRAME_TOKENS + i];
        rows[target + i] = ACTIONS + checked("Observation token", token, config.codebookSize());
      }
      rows[target + ACTION_OFFSET] = checked("Action", batch().actions()[block], ACTIONS);
    }
    return device.put(Tensors.of(rows, rows.length));
  }

  /** Task vectors of the batch's games, {@code [B, 1, 1, E]}. */
  private Tensor taskVectors(int table) {
    return weights
        .games()
        .index_select(0, taskRows(table))
        .view(batch().size(), 1, 1, config.width());
  }

  private Tensor taskRows(int table) {
    long[] rows = new long[batch().size()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = table + checked("Game", batch().games()[i], GAMES);
    }
    return device.put(Tensors.of(rows, rows.length));
  }

  /** The tables are neighbours, so an id outside its own would read another's row. */
  private static int checked(String what, int id, int count) {
    if (id < 0 || id >= count) {
      throw new IllegalArgumentException(what + " " + id + " is outside 0 to " + (count - 1));
    }
    return id;
  }

  private static Tensor observations(Tensor byBlock) {
    return byBlock.narrow(2, 0, FRAME_TOKENS);
  }

  private static Tensor actions(Tensor byBlock) {
    return byBlock.narrow(2, ACTION_OFFSET, 1);
  }
}
