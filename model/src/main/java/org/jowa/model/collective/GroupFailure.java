package org.jowa.model.collective;

import java.util.Locale;

/**
 * Why a group is broken.
 *
 * @param rank at fault
 * @param message what it did, to be read after "Rank 3"
 * @param cause its error, or null where it told none or is another process
 */
record GroupFailure(int rank, String message, Throwable cause) {
  /** What a rank throws that meets the failure. */
  CollectiveException metBy(int other, String operation) {
    return new CollectiveException(
        rank,
        String.format(
            Locale.ROOT, "Rank %d %s; rank %d stops in %s", rank, message, other, operation),
        cause);
  }
}
