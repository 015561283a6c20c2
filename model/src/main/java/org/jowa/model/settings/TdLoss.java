package org.jowa.model.settings;

/** What the Q head predicts for an action, and so how its temporal-difference loss is taken. */
public enum TdLoss {
  /** A distribution over {@code atoms} equally spaced returns (categorical, "C51"). */
  C51,
  /** One value. */
  MSE
}
