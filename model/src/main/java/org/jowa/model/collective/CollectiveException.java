package org.jowa.model.collective;

import org.jspecify.annotations.Nullable;

/**
 * A collective operation couldn't be completed by all ranks. The message names the rank at fault;
 * the cause is that rank's own error where it told one.
 */
public final class CollectiveException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int rankAtFault;

  /**
   * @param rankAtFault the rank that failed first, or the first that stayed away
   * @param message which rank, what happened, and which operation was under way
   * @param cause the error of the rank at fault, or null when it told none
   */
  public CollectiveException(int rankAtFault, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.rankAtFault = rankAtFault;
  }

  /** The rank that failed first, or the lowest of those that stayed away. */
  public int rankAtFault() {
    return rankAtFault;
  }
}
