package org.jowa.jobs.progress;

/**
 * How much there is to do.
 *
 * @param unit of what is counted, in the plural
 * @param total how many there are to do; at most so many where there are parts
 * @param parts what the work falls into, in the plural, where parts may be shorter than foreseen
 * @param count how many parts there are; 0 without such
 */
public record Amount(String unit, long total, String parts, long count) {
  /** So much and no less. */
  public static Amount of(String unit, long total) {
    return new Amount(unit, total, "", 0);
  }

  /**
   * What is to be expected after a while: parts that haven't ended are as long as those that have.
   */
  long expected(TaskProgress.State state) {
    if (count == 0 || state.ended() == 0) {
      return total;
    }
    long rest = Math.max(0, count - state.ended());
    long likely = Math.round((double) state.endedUnits() / state.ended() * rest);
    long begun = state.done() - state.endedUnits();
    // Parts that are under way are longer than those that have ended.
    return Math.min(total, state.endedUnits() + Math.max(likely, rest == 0 ? 0 : begun + 1));
  }
}
