package org.jowa.model.settings;

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
@Section("world.imagination")
public record ImaginationSettings(
    @Setting(
            value = "imagined sequences a step beside the played ones; 0 = none",
            range = "[0, 1e6]",
            before = "0")
        int batchSize,
    @Setting(value = "steps of stage 2 before the first", range = "[0, 1e9]", before = "20000")
        long after,
    @Setting(
            value = "steps from one time of imagining to the next",
            range = "[1, 1e9]",
            before = "1")
        long every,
    @Setting(
            value = "steps after which the planner gets the newest weights",
            range = "[1, 1e9]",
            before = "1000")
        long refreshEvery,
    @Setting(
            value = "imagined sequences that are kept, the newest",
            range = "[1, 1e7]",
            before = "10000")
        int capacity,
    @Setting(value = "of the search", key = "beam-width", range = "[1, 18]", before = "2")
        int width,
    @Setting(value = "steps that are imagined of a sequence", range = "[1, 63]", before = "2")
        int horizon,
    @Setting(
            value = "repaired, or reference: with its shifted actions and misread frames",
            before = "repaired")
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
}
