package org.jowa.model.train;

import java.io.Serializable;

/**
 * What the time of one attempt went into, as seen by one rank. The parts add up to {@code wall}.
 *
 * @param firstStep steps that were done before the attempt
 * @param lastStep steps that are done now; an attempt that is restarted from an earlier checkpoint
 *     did some of them in vain
 * @param computing seconds of forward, backward and optimizer
 * @param exchanging seconds of summing gradients and figures over ranks, the wait for slower ones
 *     included
 * @param data seconds of waiting for batches
 * @param checkpoint seconds that steps waited for checkpoints: copying, and a slow store
 * @param heldOut seconds of held-out losses
 * @param other seconds of everything else: loading the newest checkpoint, metrics
 */
public record TimeSpent(
    long firstStep,
    long lastStep,
    double computing,
    double exchanging,
    double data,
    double checkpoint,
    double heldOut,
    double other)
    implements Serializable {
  /** Steps done in this attempt. */
  public long steps() {
    return lastStep - firstStep;
  }

  /** Seconds since the attempt began. */
  public double wall() {
    return useful() + data + checkpoint + heldOut + other;
  }

  /** Seconds of steps alone. */
  public double useful() {
    return computing + exchanging;
  }

  /** Useful time over wall time, 0 to 1. */
  public double goodput() {
    return wall() > 0 ? useful() / wall() : 0;
  }
}
