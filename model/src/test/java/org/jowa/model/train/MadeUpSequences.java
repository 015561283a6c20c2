package org.jowa.model.train;

import java.util.Random;
import org.jowa.data.batch.FrameBatch;
import org.jowa.data.batch.SequenceBatch;
import org.jowa.data.batch.SequenceSource;

/** Sequences whose content is a function of their global index, in two games. */
final class MadeUpSequences implements SequenceSource {
  private static final int TOKENS = 36;

  private final int steps;
  private final int globalBatch;
  private final int codes;
  private final int rank;
  private final int worldSize;
  private final long firstSample;
  private boolean frames;

  MadeUpSequences(int globalBatch, int codes, int rank, int worldSize, long firstSample) {
    this(8, globalBatch, codes, rank, worldSize, firstSample);
  }

  MadeUpSequences(
      int steps, int globalBatch, int codes, int rank, int worldSize, long firstSample) {
    this.steps = steps;
    this.globalBatch = globalBatch;
    this.codes = codes;
    this.rank = rank;
    this.worldSize = worldSize;
    this.firstSample = firstSample;
  }

  /** The same with frames in place of tokens: a bright bar where the first token is. */
  MadeUpSequences ofFrames() {
    frames = true;
    return this;
  }

  @Override
  public SequenceBatch batch(long step) {
    int share = globalBatch / worldSize;
    SequenceBatch batch =
        frames
            ? SequenceBatch.ofFrames(share, steps, TOKENS)
            : new SequenceBatch(share, steps, TOKENS);
    for (int row = 0; row < batch.size; row++) {
      fill(batch, row, firstSample + step * globalBatch + rank + (long) row * worldSize);
    }
    return batch;
  }

  private void fill(SequenceBatch batch, int row, long sample) {
    Random random = new Random(sample * 31 + 7);
    batch.sampleIndex[row] = sample;
    batch.games[row] = sample % 3 == 0 ? 0 : 5;
    // Every fourth one ends with its episode before the segment is full.
    int real = sample % 4 == 0 ? Math.min(5, steps) : steps;
    int base = random.nextInt(codes);
    for (int t = 0; t < real; t++) {
      int at = row * steps + t;
      batch.mask[at] = 1;
      batch.ends[at] = (byte) (real < steps && t == real - 1 ? 1 : 0);
      batch.rewards[at] = random.nextInt(3) - 1;
      batch.returns[at] = batch.rewards[at];
      batch.demonstrations[row] = 1;
      batch.actions[at] = base % 3;
      if (frames) {
        drawBar(batch, at, (base + 3 * t) * 5 % FrameBatch.FRAME_EDGE);
        continue;
      }
      for (int k = 0; k < TOKENS; k++) {
        // A regularity to learn: a token follows from the one before.
        batch.tokens[at * TOKENS + k] = (base + k) % codes;
      }
    }
  }

  private static void drawBar(SequenceBatch batch, int at, int row) {
    for (int x = 0; x < FrameBatch.FRAME_EDGE; x++) {
      batch.frames.put(at * FrameBatch.FRAME_BYTES + row * FrameBatch.FRAME_EDGE + x, (byte) 200);
    }
  }

  @Override
  public long batches() {
    return 2;
  }

  @Override
  public void close() {}
}
