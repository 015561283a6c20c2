package org.jowa.env.game;

/**
 * Mean raw returns of three well-known players of one game (specification, appendix B.1).
 *
 * @param random uniformly random actions
 * @param human a human tester
 * @param dqn the DQN agent that wrote the public replay logs
 */
public record ReferenceScores(double random, double human, double dqn) {
  /**
   * A raw score on the scale where random play is 0 and human play is 1. The lower of the two
   * references is the zero, so the scale turns round for a game in which random beats human.
   */
  public double humanNormalised(double score) {
    return normalised(score, random, human);
  }

  /** A raw score on the scale where random play is 0 and the DQN agent is 1. */
  public double dqnNormalised(double score) {
    return normalised(score, random, dqn);
  }

  private static double normalised(double score, double a, double b) {
    double low = Math.min(a, b);
    return (score - low) / (Math.max(a, b) - low);
  }
}
