package org.jowa.jobs.play;

import org.jowa.model.plan.TokenBuffer;

/** What is played in: the real game, or the model in its place. */
interface Stage extends AutoCloseable {
  /** What has been seen and done, the newest frame without an action. */
  TokenBuffer memory();

  /**
   * Does something, and adds it and what follows to the memory.
   *
   * @param action full-set id
   * @return the reward
   */
  double step(int action);

  /** Whether the episode has ended. */
  boolean isOver();

  /** What a person gets to see. */
  Picture picture();

  @Override
  void close();

  /**
   * A picture.
   *
   * @param png its bytes
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Picture(byte[] png, int width, int height) {}
}
