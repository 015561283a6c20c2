package org.jowa.model.plan;

import java.util.Arrays;
import org.jowa.env.game.Game;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.world.BehaviourNetwork;

/**
 * No planning and no Q: an action that the data's players take at the newest frame, drawn by the
 * probability that the model's {@link BehaviourNetwork} gives it, among those that the model's
 * {@code support} leaves. Where players mix, a button that has to be pressed anew for instance, the
 * likeliest action alone may be one that does nothing for ever.
 */
public final class BehaviourPlanner implements Planner {
  private final WorldDecoder decoder;
  private final Game game;
  private final ActionSet valid;

  private BehaviourPlanner(WorldDecoder decoder, Game game) {
    this.decoder = decoder;
    this.game = game;
    this.valid = ActionSet.of(game);
  }

  /**
   * A planner that reads a model's behaviour network once for an action.
   *
   * @param decoder of a model that has one; shared with others of the same thread, the caller
   *     closes it
   */
  public static BehaviourPlanner create(WorldDecoder decoder, Game game) {
    return new BehaviourPlanner(decoder, game);
  }

  /** The likeliest actions: without keys nothing is drawn. */
  @Override
  public int[] plan(int[][] contexts) {
    return valid.bestOfEach(shares(contexts));
  }

  @Override
  public int[] plan(int[][] contexts, long[] keys) {
    float[] shares = shares(contexts);
    int[] actions = new int[contexts.length];
    for (int i = 0; i < actions.length; i++) {
      actions[i] = draw(shares, i * WorldConfig.ACTIONS, FunctionalRandom.uniform(keys[i], 0));
    }
    return actions;
  }

  private float[] shares(int[][] contexts) {
    int[] games = new int[contexts.length];
    Arrays.fill(games, game.id());
    return decoder.behaviour(contexts, games);
  }

  /** The action in whose part of [0, 1), among those that have one, a draw lies. */
  private int draw(float[] shares, int offset, double uniform) {
    double left = uniform;
    for (int action : valid.actions()) {
      double share = shares[offset + action];
      if (left < share) {
        return action;
      }
      left -= share;
    }
    // Shares that are rounded may add up to a little less than the draw.
    return valid.top(shares, offset, 1)[0];
  }

  @Override
  public int contextBlocks() {
    return decoder.config().blocks();
  }
}
