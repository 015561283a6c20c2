package org.jowa.model.collective;

/** Waits for all ranks to come to a barrier. */
final class RingBarrier {
  private RingBarrier() {}

  /**
   * @param barrier that this rank has begun and told the others of
   * @throws CollectiveException if the group breaks, by this wait's time-out for instance
   */
  static void await(RingState state, Operation barrier, StallWatch watch) {
    try {
      while (!state.awaitBarrier(barrier, watch.millis())) {
        watch.check(-1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      state.fail(new GroupFailure(state.rank(), "was interrupted in " + barrier, e));
      state.requireWhole(barrier.toString());
    }
  }
}
