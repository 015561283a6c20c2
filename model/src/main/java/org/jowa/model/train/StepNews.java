package org.jowa.model.train;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jowa.model.collective.Collective;

/**
 * What the ranks tell each other in a step: the sums that losses are made of, and, in the same
 * all-reduce, which ranks met a fault and which were asked to stop.
 */
final class StepNews {
  private static final int FAULT = 1;
  private static final int STOP = 2;

  private final int rank;
  private final int[] flags;
  private final double[] sums;

  private StepNews(int rank, int[] flags, double[] sums) {
    this.rank = rank;
    this.flags = flags;
    this.sums = sums;
  }

  /**
   * Called on all ranks.
   *
   * @param sums of this rank
   * @param fault whether this rank can't go on
   * @param stop whether this rank was asked to stop
   */
  static StepNews exchange(Collective collective, double[] sums, boolean fault, boolean stop) {
    int ranks = collective.worldSize();
    double[] both = new double[ranks + sums.length];
    both[collective.rank()] = (fault ? FAULT : 0) + (stop ? STOP : 0);
    System.arraycopy(sums, 0, both, ranks, sums.length);
    collective.allReduceSum(both);
    int[] flags = IntStream.range(0, ranks).map(rank -> (int) both[rank]).toArray();
    return new StepNews(
        collective.rank(), flags, Arrays.copyOfRange(both, ranks, ranks + sums.length));
  }

  /** Of all ranks together. */
  double[] sums() {
    return sums;
  }

  boolean isFaultHere() {
    return (flags[rank] & FAULT) != 0;
  }

  boolean isFaultAnywhere() {
    return first(FAULT).isPresent();
  }

  /** Who was asked to stop, if any was. */
  Optional<String> stop() {
    OptionalInt asked = first(STOP);
    return asked.isPresent() ? Optional.of("rank " + asked.getAsInt()) : Optional.empty();
  }

  private OptionalInt first(int flag) {
    return IntStream.range(0, flags.length).filter(r -> (flags[r] & flag) != 0).findFirst();
  }
}
