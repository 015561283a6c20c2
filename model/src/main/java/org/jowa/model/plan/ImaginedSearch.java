package org.jowa.model.plan;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jowa.env.game.Game;
import org.jowa.model.torch.StepScope;
import org.jspecify.annotations.Nullable;

/**
 * What the searches in the imagined world have in common: trees that grow from what has been seen.
 *
 * @param <T> what is seen of an environment's tree
 */
abstract class ImaginedSearch<T> implements Planner {
  final WorldDecoder decoder;
  final ActionSet valid;
  final Imagination imagination;
  final BehaviourPenalty penalty;

  /** Null to imagine the likeliest. */
  final @Nullable Sampling sampling;

  private final Game game;
  private final int horizon;

  ImaginedSearch(
      WorldDecoder decoder,
      Game game,
      int horizon,
      BeamSettings.Speculation speculation,
      double behaviourWeight,
      @Nullable Sampling sampling) {
    this.decoder = decoder;
    this.game = game;
    this.horizon = horizon;
    this.sampling = sampling;
    valid = ActionSet.of(game);
    imagination = Imagination.of(decoder, speculation);
    penalty = new BehaviourPenalty(decoder, game, behaviourWeight);
  }

  @Override
  public final Imagination.Cost cost() {
    return imagination.cost();
  }

  @Override
  public final int contextBlocks() {
    return decoder.config().blocks() - horizon;
  }

  /**
   * Searches, and gives everything that was seen.
   *
   * @param contexts as for {@link #plan}
   * @return one tree for each environment
   */
  public final List<T> search(int[][] contexts) {
    int[] games = new int[contexts.length];
    Arrays.fill(games, game.id());
    try (StepScope scope = StepScope.inference()) {
      WorldDecoder.Prefilled root = decoder.prefill(contexts, games);
      try (ContextCache cache = root.cache()) {
        float[] critic = decoder.critic(root);
        float[] costs = penalty.takeOff(critic, root.frames());
        List<ActionValues> values =
            IntStream.range(0, contexts.length)
                .mapToObj(row -> ActionValues.row(critic, costs, row))
                .toList();
        return grow(contexts, values, cache);
      }
    }
  }

  /**
   * Grows a tree for each environment.
   *
   * @param values by environment, of the actions at the root, by the model alone
   * @param context the contexts, read once
   */
  abstract List<T> grow(int[][] contexts, List<ActionValues> values, ContextCache context);
}
