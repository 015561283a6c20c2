package org.jowa.model.world;

import java.util.Random;
import java.util.stream.LongStream;

/** Small models and random batches for tests. */
public final class TestModels {
  private static final int CODES = 32;

  private TestModels() {}

  /** Two layers of width 32 with dropout. */
  public static WorldConfig small(int qHeads) {
    return small(qHeads, TdLoss.C51);
  }

  public static WorldConfig small(int qHeads, TdLoss tdLoss) {
    return new WorldConfig(
        2,
        2,
        32,
        24,
        qHeads,
        CODES,
        8,
        Dropouts.REFERENCE,
        true,
        true,
        tdLoss,
        tdLoss == TdLoss.C51 ? 51 : 1,
        -10,
        30);
  }

  /** Random played sequences without padding or ends, of Pong and Breakout in turn. */
  public static WorldBatch batch(int size, int steps, long seed) {
    Random random = new Random(seed);
    int positions = size * steps;
    WorldBatch batch =
        new WorldBatch(
            size,
            steps,
            size,
            LongStream.range(100, 100 + size).toArray(),
            new int[size],
            random.ints((long) positions * WorldConfig.FRAME_TOKENS, 0, CODES).toArray(),
            random.ints(positions, 0, WorldConfig.ACTIONS).toArray(),
            new float[positions],
            new byte[positions],
            new byte[positions]);
    for (int b = 0; b < size; b++) {
      batch.games()[b] = b % 2 == 0 ? 13 : 43;
    }
    for (int i = 0; i < positions; i++) {
      batch.rewards()[i] = random.nextInt(3) - 1;
      batch.mask()[i] = 1;
    }
    return batch;
  }

  /** Marks the steps of a sequence from {@code length} on as padding. */
  public static void padRight(WorldBatch batch, int sequence, int length) {
    for (int t = length; t < batch.steps(); t++) {
      batch.mask()[sequence * batch.steps() + t] = 0;
    }
  }
}
