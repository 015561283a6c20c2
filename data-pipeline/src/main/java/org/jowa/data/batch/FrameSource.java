package org.jowa.data.batch;

/** Batches of frames by step number. */
public interface FrameSource extends AutoCloseable {
  /**
   * This rank's share of the global batch of a step: the samples {@code k} in {@code [step*B,
   * step*B+B)} with {@code k mod worldSize = rank}, in the order of {@code k}. Steps that follow
   * each other are read ahead; any other step is a seek.
   *
   * @return valid until the next call
   * @throws org.jowa.error.InvalidInputException when a shard is missing or was altered
   */
  FrameBatch batch(long step);

  /** Whole global batches in one pass over the split, at least 1. */
  long batches();

  @Override
  void close();
}
