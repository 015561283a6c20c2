package org.jowa.model.collective;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why a group is broken.
 *
 * @param rank at fault
 * @param message what it did, to be read after "Rank 3"
 * @param cause its error; null where it told none or is another process
 */
record GroupFailure(int rank, String message, @Nullable Throwable cause) {
  /** Of a rank whose error is unknown here. */
  GroupFailure(int rank, String message) {
    this(rank, message, null);
  }

  /** What a rank throws that meets the failure. */
  CollectiveException metBy(int other, String operation) {
    return new CollectiveException(
        rank,
        String.format(
            Locale.ROOT, "Rank %d %s; rank %d stops in %s", rank, message, other, operation),
        cause);
  }
}
