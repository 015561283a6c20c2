package org.jowa.jobs.bench;

import java.util.Arrays;
import java.util.Random;
import org.jowa.data.batch.SequenceBatch;
import org.jowa.data.batch.SequenceSource;
import org.jowa.model.settings.WorldConfig;

/** One rank's share of batches that are full of random tokens, for timing. */
final class RandomSequences implements SequenceSource {
  private static final int GAME = 43;

  private final SequenceBatch batch;
  private final int rank;
  private final int worldSize;

  /**
   * @param sequences in this rank's share
   */
  RandomSequences(WorldConfig config, int sequences, int rank, int worldSize) {
    this.rank = rank;
    this.worldSize = worldSize;
    batch = new SequenceBatch(sequences, config.blocks(), WorldConfig.FRAME_TOKENS);
    Random random = new Random(rank);
    Arrays.fill(batch.games, GAME);
    Arrays.fill(batch.mask, (byte) 1);
    Arrays.setAll(batch.tokens, i -> random.nextInt(config.codebookSize()));
    Arrays.setAll(batch.actions, i -> random.nextInt(WorldConfig.ACTIONS));
  }

  @Override
  public SequenceBatch batch(long step) {
    long first = step * batch.size * worldSize;
    Arrays.setAll(batch.sampleIndex, i -> first + (long) i * worldSize + rank);
    return batch;
  }

  @Override
  public long batches() {
    return 1;
  }

  @Override
  public void close() {}
}
