package org.jowa.model.collective;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/** Groups whose ranks are threads of one JVM. */
public final class InProcessCollectives {
  private InProcessCollectives() {}

  /**
   * Makes a group; element {@code r} of the list belongs to rank {@code r} and is used by that
   * rank's thread only.
   *
   * @param worldSize number of ranks, at least 1
   * @param timeout how long an operation waits for the last rank
   * @throws IllegalArgumentException if either isn't positive
   */
  public static List<Collective> create(int worldSize, Duration timeout) {
    if (worldSize < 1) {
      throw new IllegalArgumentException("World size must be at least 1, found " + worldSize);
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("Time-out must be positive, found " + timeout);
    }
    Rendezvous rendezvous = new Rendezvous(worldSize);
    return IntStream.range(0, worldSize)
        .<Collective>mapToObj(rank -> new InProcessCollective(rank, rendezvous, timeout))
        .toList();
  }
}
