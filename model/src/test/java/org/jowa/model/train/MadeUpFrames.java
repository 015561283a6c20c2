package org.jowa.model.train;

import org.jowa.data.batch.FrameBatch;
import org.jowa.data.batch.FrameSource;

/** Frames with a bright bar whose place is a function of their global index, in two games. */
final class MadeUpFrames implements FrameSource {
  private final int globalBatch;
  private final int rank;
  private final int worldSize;

  MadeUpFrames(int globalBatch, int rank, int worldSize) {
    this.globalBatch = globalBatch;
    this.rank = rank;
    this.worldSize = worldSize;
  }

  @Override
  public FrameBatch batch(long step) {
    FrameBatch batch = new FrameBatch(globalBatch / worldSize);
    for (int row = 0; row < batch.size; row++) {
      long sample = step * globalBatch + rank + (long) row * worldSize;
      batch.sampleIndex[row] = sample;
      batch.games[row] = sample % 2 == 0 ? 0 : 5;
      int bar = (int) (sample * 17 % FrameBatch.FRAME_EDGE);
      for (int x = 0; x < FrameBatch.FRAME_EDGE; x++) {
        batch.frames.put(
            row * FrameBatch.FRAME_BYTES + bar * FrameBatch.FRAME_EDGE + x, (byte) 200);
      }
    }
    return batch;
  }

  @Override
  public long batches() {
    return 4;
  }

  @Override
  public void close() {}
}
