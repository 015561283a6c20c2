package org.jowa.data.replay;

/** Receives the ended episodes of a log, in the order of play. */
public interface EpisodeSink {
  /**
   * An episode starts.
   *
   * @param episode its place among the run's ended episodes, from 0
   * @return whether its steps are wanted
   */
  boolean begin(int episode);

  /**
   * One step; the episode is over after the one that is terminal.
   *
   * @param frames holds the 84 x 84 bytes of the observation at {@code offset}; valid during the
   *     call
   * @param action index into the game's minimal action set
   */
  void step(byte[] frames, int offset, int action, float reward, boolean terminal);
}
