package org.jowa.error;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A failure whose message is one line that says what is wrong, where, what was found and what to
 * do; the command line prints it without a stack trace. Any other exception is a fault of ours.
 */
public abstract sealed class ReportedException extends RuntimeException
    permits InvalidInputException, StoreException, StoppedException {
  private static final long serialVersionUID = 1L;

  ReportedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** The outermost one among a failure and its causes. */
  public static Optional<ReportedException> in(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof ReportedException reported) {
        return Optional.of(reported);
      }
    }
    return Optional.empty();
  }

  /** The one line. */
  @Override
  public final String getMessage() {
    return String.valueOf(super.getMessage());
  }

  /** What failed. */
  public abstract FailureKind kind();
}
