package org.jowa.data.batch;

/** Where a loader of segments reads their steps: one kind of shards. It belongs to one thread. */
interface SegmentRows extends AutoCloseable {
  /** A batch for what is read. */
  SequenceBatch batch(int size, int steps);

  /**
   * Copies steps that follow each other.
   *
   * @param shard its place in the manifest
   * @param at the batch's step that the first of them becomes
   */
  void read(int shard, int firstRow, int count, SequenceBatch batch, int at);

  /** Reward of a step. */
  float reward(int shard, int row);

  /** Makes what stands for the observations of steps {@code [from, to)} of a batch that of none. */
  void pad(SequenceBatch batch, int from, int to);

  @Override
  void close();
}
