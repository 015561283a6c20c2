package org.jowa.data.sample;

import org.jowa.error.UsageException;

/**
 * The order of a training run's segments. Sample {@code k} comes from lane {@code k mod L}, place
 * {@code p = k div L}; a lane of {@code n} segments serves segment {@code perm(seed, lane, p div
 * n)[p mod n]}, so each lane goes through its own epochs. Step {@code s} with a global batch of
 * {@code B} takes samples {@code sB .. sB+B-1}; rank {@code r} of {@code N} serves those with
 * {@code k mod N = r}, which lie in the lanes {@code l mod N = r}. The global batch of a step is
 * therefore the same for every world size that divides lanes and batch, and a resume needs the step
 * number only.
 */
public final class SampleOrder {
  private final long seed;
  private final int[] segmentsPerLane;

  private SampleOrder(long seed, int[] segmentsPerLane) {
    this.seed = seed;
    this.segmentsPerLane = segmentsPerLane;
  }

  /**
   * @param segmentsPerLane segments of each lane, every one at least 1
   * @throws UsageException when there is no lane or one is empty
   */
  public static SampleOrder of(long seed, int[] segmentsPerLane) {
    Lanes.requireFilled(segmentsPerLane, "segments");
    return new SampleOrder(seed, segmentsPerLane.clone());
  }

  /** Number of lanes, {@code L}. */
  public int lanes() {
    return segmentsPerLane.length;
  }

  /** The lane of sample {@code k}. */
  public int lane(long k) {
    return (int) (k % segmentsPerLane.length);
  }

  /** The segment, within its lane, of sample {@code k}. */
  public long segment(long k) {
    int lane = lane(k);
    long place = k / segmentsPerLane.length;
    long size = segmentsPerLane[lane];
    return Permutation.apply(epochKey(lane, place / size), size, place % size);
  }

  /**
   * @throws UsageException when the world size doesn't divide the lanes and the global batch
   */
  public void requireWorldSize(int worldSize, int globalBatch) {
    Lanes.requireWorldSize(lanes(), worldSize, globalBatch);
  }

  private long epochKey(int lane, long epoch) {
    return KeyedHash.derive(KeyedHash.derive(seed, lane), epoch);
  }
}
