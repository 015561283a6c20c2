package org.jowa.data.batch;

/** Which episodes a loader serves. */
public enum Split {
  /** Lanes of training episodes, in keyed random order, for ever. */
  TRAIN,
  /** Episodes kept out of training, in an order that never changes. */
  HELD_OUT
}
