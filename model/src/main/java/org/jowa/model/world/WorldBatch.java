package org.jowa.model.world;

import static org.jowa.model.settings.WorldConfig.FRAME_TOKENS;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.jowa.data.batch.SequenceBatch;

/**
 * Sequences for one training pass, as heap arrays in row-major order. The first {@code realRows}
 * sequences were played; the others, if any, were imagined by the model: they count in the Q losses
 * only.
 *
 * @param size sequences, B
 * @param steps steps a sequence, T
 * @param realRows sequences that were played
 * @param sampleIndex global index of each sequence in the run's sample order, {@code [B]}
 * @param games game ids, {@code [B]}
 * @param tokens observation tokens, {@code [B, T, 36]}
 * @param actions full-set action ids, {@code [B, T]}
 * @param rewards as in the log, {@code [B, T]}
 * @param ends 1 at a terminal step, {@code [B, T]}
 * @param mask 1 at a real step, 0 at padding, {@code [B, T]}
 * @param demonstrations 1 for a sequence whose actions are cloned, {@code [B]}
 * @param returns discounted sum of the rewards from a played step to its episode's end, {@code [B,
 *     T]}; NaN where it wasn't asked for
 */
public record WorldBatch(
    int size,
    int steps,
    int realRows,
    long[] sampleIndex,
    int[] games,
    int[] tokens,
    int[] actions,
    float[] rewards,
    byte[] ends,
    byte[] mask,
    byte[] demonstrations,
    float[] returns) {

  /** Checks that the arrays have the lengths that {@code size} and {@code steps} ask for. */
  public WorldBatch {
    int positions = size * steps;
    if (sampleIndex.length != size
        || games.length != size
        || tokens.length != positions * FRAME_TOKENS
        || actions.length != positions
        || rewards.length != positions
        || ends.length != positions
        || mask.length != positions
        || demonstrations.length != size
        || returns.length != positions
        || realRows < 0
        || realRows > size) {
      throw new IllegalArgumentException(
          "Batch of " + size + " sequences of " + steps + " steps: an array has another length");
    }
  }

  /** A batch of demonstrations only, without returns. */
  public WorldBatch(
      int size,
      int steps,
      int realRows,
      long[] sampleIndex,
      int[] games,
      int[] tokens,
      int[] actions,
      float[] rewards,
      byte[] ends,
      byte[] mask) {
    this(
        size,
        steps,
        realRows,
        sampleIndex,
        games,
        tokens,
        actions,
        rewards,
        ends,
        mask,
        new byte[size],
        new float[size * steps]);
    Arrays.fill(demonstrations, (byte) 1);
    Arrays.fill(returns, Float.NaN);
  }

  /** A loader's batch of played sequences, without a copy: valid as long as the loader's is. */
  public static WorldBatch of(SequenceBatch batch) {
    return new WorldBatch(
        batch.size,
        batch.steps,
        batch.size,
        batch.sampleIndex,
        batch.games,
        batch.tokens,
        batch.actions,
        batch.rewards,
        batch.ends,
        batch.mask,
        batch.demonstrations,
        batch.returns);
  }

  /**
   * Sequences {@code from} to {@code to} (exclusive) as a batch of their own, for accumulating
   * gradients over parts of a batch.
   */
  public WorldBatch rows(int from, int to) {
    int first = from * steps;
    int last = to * steps;
    return new WorldBatch(
        to - from,
        steps,
        Math.max(0, Math.min(realRows, to) - from),
        Arrays.copyOfRange(sampleIndex, from, to),
        Arrays.copyOfRange(games, from, to),
        Arrays.copyOfRange(tokens, first * FRAME_TOKENS, last * FRAME_TOKENS),
        Arrays.copyOfRange(actions, first, last),
        Arrays.copyOfRange(rewards, first, last),
        Arrays.copyOfRange(ends, first, last),
        Arrays.copyOfRange(mask, first, last),
        Arrays.copyOfRange(demonstrations, from, to),
        Arrays.copyOfRange(returns, first, last));
  }

  /**
   * Signs of the rewards of some steps plus one, {@code [n]}.
   *
   * @param steps places in {@code [B * T]}
   */
  public int[] rewardClasses(int[] steps) {
    return IntStream.of(steps).map(step -> (int) Math.signum(rewards[step]) + 1).toArray();
  }

  /**
   * 1 for each of some steps that ends its episode, else 0, {@code [n]}.
   *
   * @param steps places in {@code [B * T]}
   */
  public int[] endClasses(int[] steps) {
    return IntStream.of(steps).map(step -> ends[step] != 0 ? 1 : 0).toArray();
  }

  /**
   * Game of each of some steps, {@code [n]}.
   *
   * @param steps places in {@code [B * T]}
   */
  public int[] games(int[] steps) {
    return IntStream.of(steps).map(step -> games[step / this.steps]).toArray();
  }

  /** Action taken in each of some steps, {@code [n]}; see {@link #games(int[])}. */
  public int[] actions(int[] steps) {
    return IntStream.of(steps).map(step -> actions[step]).toArray();
  }

  /** What came after each of some played steps, {@code [n]}; see {@link #games(int[])}. */
  public float[] returns(int[] steps) {
    float[] after = new float[steps.length];
    for (int i = 0; i < steps.length; i++) {
      after[i] = returns[steps[i]];
    }
    return after;
  }

  /** Whether step {@code t} of sequence {@code b} is real. */
  public boolean isReal(int b, int t) {
    return mask[b * steps + t] != 0;
  }

  /** Whether sequence {@code b} was played and is a demonstration. */
  public boolean isDemonstration(int b) {
    return b < realRows && demonstrations[b] != 0;
  }

  /** Whether step {@code t} of sequence {@code b} ends an episode. */
  public boolean isEnd(int b, int t) {
    return ends[b * steps + t] != 0;
  }
}
