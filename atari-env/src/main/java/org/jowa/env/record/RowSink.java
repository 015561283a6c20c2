package org.jowa.env.record;

/** Takes the rows of a replay log in order of play. */
@FunctionalInterface
public interface RowSink {
  /**
   * Takes one step.
   *
   * @param frame {@code [84, 84]}, what the player saw; used again after this returns
   * @param action what it did then, as an index into the game's minimal actions
   * @param clippedReward the reward that followed, clipped to -1 to 1, as logs hold it
   * @param rawReward the reward that followed
   * @param terminal whether the episode ended with this step, by the game's end or by the limit
   */
  void row(byte[] frame, int action, float clippedReward, double rawReward, boolean terminal);
}
