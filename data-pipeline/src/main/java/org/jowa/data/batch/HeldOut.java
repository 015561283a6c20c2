package org.jowa.data.batch;

import java.util.Locale;
import org.jowa.data.dataset.Dataset;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;

/** Checks of the held-out split that both loaders share. */
final class HeldOut {
  private HeldOut() {}

  static void require(long samples, Dataset dataset) {
    if (samples == 0) {
      throw new InvalidInputException(
          "The data set %s has no held-out episodes: ingest again with a held-out fraction above 0."
              .formatted(dataset.storage()));
    }
  }

  static void requireShares(int worldSize, int globalBatch) {
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
