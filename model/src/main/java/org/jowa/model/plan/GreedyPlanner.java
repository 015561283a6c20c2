package org.jowa.model.plan;

import java.util.Arrays;
import org.jowa.env.game.Game;
import org.jowa.model.torch.StepScope;

/** No planning: the valid action of the largest expected Q at the newest frame. */
public final class GreedyPlanner implements Planner {
  private final WorldDecoder decoder;
  private final Game game;
  private final ActionSet valid;
  private final BehaviourPenalty penalty;

  private GreedyPlanner(WorldDecoder decoder, Game game, double behaviourWeight) {
    this.decoder = decoder;
    this.game = game;
    this.valid = ActionSet.of(game);
    this.penalty = new BehaviourPenalty(decoder, game, behaviourWeight);
  }

  /**
   * A planner that reads a model once for an action.
   *
   * @param decoder shared with others of the same thread; the caller closes it
   */
  public static GreedyPlanner create(WorldDecoder decoder, Game game) {
    return create(decoder, game, 0);
  }

  /**
   * The same with values less what actions cost for being rare.
   *
   * @param behaviourWeight as in {@link PlannerSettings}
   */
  static GreedyPlanner create(WorldDecoder decoder, Game game, double behaviourWeight) {
    return new GreedyPlanner(decoder, game, behaviourWeight);
  }

  @Override
  public int[] plan(int[][] contexts) {
    int[] games = new int[contexts.length];
    Arrays.fill(games, game.id());
    try (StepScope scope = StepScope.inference()) {
      WorldDecoder.Prefilled root = decoder.prefill(contexts, games);
      try (ContextCache cache = root.cache()) {
        float[] critic = decoder.critic(root);
        penalty.takeOff(critic, root.frames());
        return valid.bestOfEach(critic);
      }
    }
  }

  @Override
  public int contextBlocks() {
    return decoder.config().blocks();
  }
}
