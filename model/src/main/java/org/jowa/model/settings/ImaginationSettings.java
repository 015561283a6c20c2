package org.jowa.model.settings;

import java.util.Locale;
import org.jowa.error.UsageException;

/**
 * How sequences are imagined while the Q-function is trained: the {@code world.imagination} section
 * of the configuration (spec section 4.1).
 *
 * @param batchSize imagined sequences a step, over all ranks, beside the played ones; 0 for none
 * @param after steps of stage 2 before the first
 * @param every steps from one time of imagining to the next
 * @param refreshEvery steps after which the planner gets the newest weights
 * @param capacity imagined sequences that are kept, over all ranks; the oldest make room
 * @param width of the beam search
 * @param horizon steps that are imagined of each sequence
 * @param mode what they are made of
 */
public record ImaginationSettings(
    int batchSize,
    long after,
    long every,
    long refreshEvery,
    int capacity,
    int width,
    int horizon,
    Mode mode) {
  /** How played and imagined steps are put together. */
  public enum Mode {
    /**
     * Every action and reward stands beside the frame it belongs to, imagined tokens as they are.
     */
    REPAIRED,
    /**
     * As the reference does it: played actions and rewards stand one step early, imagined frames
     * are tokenized from pixels of 0 to 255 where 0 to 1 is meant.
     */
    REFERENCE
  }

  /** Nothing is imagined. */
  public static final ImaginationSettings NONE =
      new ImaginationSettings(0, 0, 1, 1, 1, 1, 1, Mode.REPAIRED);

  /** Checks the ranges. */
  public ImaginationSettings {
    atLeast("batch-size", batchSize, 0);
    atLeast("after", after, 0);
    atLeast("every", every, 1);
    atLeast("refresh-every", refreshEvery, 1);
    atLeast("capacity", capacity, 1);
    atLeast("beam-width", width, 1);
    atLeast("horizon", horizon, 1);
  }

  /** Whether anything is imagined. */
  public boolean isOn() {
    return batchSize > 0;
  }

  /**
   * Lanes that imagined sequences lie in, which the number of ranks has to divide: the greatest
   * number that divides both batches.
   *
   * @param played sequences a step, over all ranks
   */
  public int lanes(int played) {
    int a = played;
    int b = batchSize;
    while (b != 0) {
      int rest = a % b;
      a = b;
      b = rest;
    }
    return a;
  }

  private static void atLeast(String key, long value, long least) {
    if (value < least) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "world.imagination.%s is %d: it must be at least %d",
              key,
              value,
              least));
    }
  }
}
