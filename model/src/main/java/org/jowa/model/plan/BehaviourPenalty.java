package org.jowa.model.plan;

import java.util.Arrays;
import org.jowa.env.game.Game;
import org.jowa.model.world.Transitions;

/**
 * What actions cost for being rare in the data: behaviour-regularised choice (BRAC, arXiv
 * 1911.11361), by the behaviour network. An action costs {@code weight * log(p of the likeliest one
 * / its own p)}, so the likeliest one is free, and Q has to say that another one is better by more
 * than its cost. Where Q tells actions apart badly, the agent does what the players do.
 */
final class BehaviourPenalty {
  private final WorldDecoder decoder;
  private final int game;
  private final double weight;

  /**
   * @param decoder of a model with a behaviour network, unless the weight is 0
   * @param weight points of value that an action loses where it is e times as rare as the likeliest
   *     one; 0 for none
   */
  BehaviourPenalty(WorldDecoder decoder, Game game, double weight) {
    this.decoder = decoder;
    this.game = game.id();
    this.weight = weight;
  }

  /**
   * Takes the costs off values.
   *
   * @param critic [n * 18] expected Q of the actions at frames; what they are worth afterwards
   * @param frames each with the one before it
   * @return [n * 18] what each action costs; infinite where players never do it
   */
  float[] takeOff(float[] critic, Transitions frames) {
    float[] costs = new float[critic.length];
    if (weight > 0) {
      float[] shares = decoder.logShares(frames);
      for (int i = 0; i < costs.length; i++) {
        costs[i] = (float) (-weight * shares[i]);
        critic[i] -= costs[i];
      }
    }
    return costs;
  }

  /**
   * The same of imagined frames.
   *
   * @param tokens [n][36] of the frames
   * @param before [n][36] of those before them
   */
  float[] takeOff(float[] critic, int[][] tokens, int[][] before) {
    int[] games = new int[tokens.length];
    Arrays.fill(games, game);
    return takeOff(critic, Transitions.of(games, tokens, before));
  }
}
