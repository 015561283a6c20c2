package org.jowa.jobs;

/** Carries the line that reports a failed command to where the user sees it. */
final class CommandFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CommandFailedException(String report) {
    super(report, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
  }
}
