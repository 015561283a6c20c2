package org.jowa.data.batch;

import org.jowa.data.dataset.Dataset;
import org.jowa.error.InvalidInputException;

/** A check of the held-out split that both loaders share. */
final class HeldOut {
  private HeldOut() {}

  static void require(long samples, Dataset dataset) {
    if (samples == 0) {
      throw new InvalidInputException(
          "The data set %s has no held-out episodes: ingest again with a held-out fraction above 0."
              .formatted(dataset.storage()));
    }
  }
}
