package org.jowa.model.diagnosis;

import org.jowa.model.settings.WorldConfig;

/**
 * Steps of a held-out episode that follow each other, as a model reads them.
 *
 * @param game id
 * @param length real steps, T; nothing is padded
 * @param tokens {@code [T, 36]}
 * @param actions full-set ids, {@code [T]}
 * @param rewards as in the log, {@code [T]}
 * @param ends 1 where the episode ended, {@code [T]}
 * @param returns discounted sum of rewards from the step to the episode's end, {@code [T]}
 */
@SuppressWarnings("ArrayRecordComponent")
public record Window(
    int game,
    int length,
    int[] tokens,
    int[] actions,
    float[] rewards,
    byte[] ends,
    double[] returns) {

  /** Checks that the arrays have the lengths that {@code length} asks for. */
  public Window {
    if (tokens.length != length * WorldConfig.FRAME_TOKENS
        || actions.length != length
        || rewards.length != length
        || ends.length != length
        || returns.length != length) {
      throw new IllegalArgumentException(
          "Window of " + length + " steps: an array has another length");
    }
  }

  int token(int step, int place) {
    return tokens[step * WorldConfig.FRAME_TOKENS + place];
  }

  /** The tokens of a step's frame. */
  int[] frame(int step) {
    int[] frame = new int[WorldConfig.FRAME_TOKENS];
    System.arraycopy(tokens, step * frame.length, frame, 0, frame.length);
    return frame;
  }

  /**
   * Discounted returns of an episode.
   *
   * @param rewards of all its steps
   */
  public static double[] returns(float[] rewards, double discount) {
    double[] returns = new double[rewards.length];
    double next = 0;
    for (int step = rewards.length - 1; step >= 0; step--) {
      next = rewards[step] + discount * next;
      returns[step] = next;
    }
    return returns;
  }
}
