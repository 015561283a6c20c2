package org.jowa.model.world;

import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;

/** Small models and random batches for tests. */
public final class TestModels {
  private static final int CODES = 32;

  private TestModels() {}

  /** Two layers of width 32 with dropout. */
  public static WorldConfig small(int qHeads) {
    return small(qHeads, TdLoss.C51);
  }

  /** The same with either loss. */
  public static WorldConfig small(int qHeads, TdLoss tdLoss) {
    return config(32, qHeads, tdLoss);
  }

  /** Of a width that is no multiple of a cache line. */
  public static WorldConfig narrow(TdLoss tdLoss) {
    return config(20, 2, tdLoss);
  }

  private static WorldConfig config(int width, int qHeads, TdLoss tdLoss) {
    return new WorldConfig(
        2,
        2,
        width,
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

  /** Sequences of several batches in one. */
  public static WorldBatch concatenated(WorldBatch... batches) {
    int steps = batches[0].steps();
    int size = Arrays.stream(batches).mapToInt(WorldBatch::size).sum();
    WorldBatch all = batch(size, steps, 0);
    int row = 0;
    for (WorldBatch batch : batches) {
      int first = row * steps;
      int frames = first * WorldConfig.FRAME_TOKENS;
      copy(batch.sampleIndex(), all.sampleIndex(), row);
      copy(batch.games(), all.games(), row);
      copy(batch.tokens(), all.tokens(), frames);
      copy(batch.actions(), all.actions(), first);
      copy(batch.rewards(), all.rewards(), first);
      copy(batch.ends(), all.ends(), first);
      copy(batch.mask(), all.mask(), first);
      row += batch.size();
    }
    return all;
  }

  @SuppressWarnings("SuspiciousSystemArraycopy")
  private static void copy(Object from, Object to, int offset) {
    System.arraycopy(from, 0, to, offset, Array.getLength(from));
  }
}
