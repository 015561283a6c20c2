package org.jowa.data.sample;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jowa.error.UsageException;

/** Checks that both orders share. */
public final class Lanes {
  private Lanes() {}

  static void requireFilled(int[] sizes, String what) {
    if (sizes.length == 0) {
      throw new UsageException("The data set has no lanes: ingest it again.");
    }
    for (int lane = 0; lane < sizes.length; lane++) {
      if (sizes[lane] < 1) {
        throw new UsageException(
            String.format(
                Locale.ROOT,
                "Lane %d of %d has no %s: ingest again with fewer lanes.",
                lane,
                sizes.length,
                what));
      }
    }
  }

  /**
   * The world sizes up to {@code ranks} that divide lanes and batch, most first.
   *
   * @throws UsageException if {@code ranks} itself doesn't
   */
  public static List<Integer> worldSizes(int ranks, int lanes, int globalBatch) {
    requireWorldSize(lanes, ranks, globalBatch);
    return IntStream.rangeClosed(1, ranks)
        .map(n -> ranks + 1 - n)
        .filter(n -> lanes % n == 0 && globalBatch % n == 0)
        .boxed()
        .toList();
  }

  static void requireWorldSize(int lanes, int worldSize, int globalBatch) {
    if (worldSize < 1 || lanes % worldSize != 0) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "%d ranks don't divide the data set's %s: choose a number of ranks that does, or ingest"
                  + " again with --lanes %d or a multiple of it.",
              worldSize,
              lanes == 1 ? "only lane" : lanes + " lanes",
              Math.max(1, worldSize)));
    }
    requireShares(worldSize, globalBatch);
  }

  /**
   * @throws UsageException when the world size doesn't divide the global batch
   */
  public static void requireShares(int worldSize, int globalBatch) {
    if (globalBatch < 1 || globalBatch % worldSize != 0) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "%d ranks don't divide the batch size %d: choose a batch size that is a multiple of the ranks.",
              worldSize,
              globalBatch));
    }
  }
}
