package org.jowa.error;

import org.jspecify.annotations.Nullable;

/** A mistake in what the user gave us, a file or a folder for instance, that the user can mend. */
public non-sealed class InvalidInputException extends ReportedException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: what, where, value found, what to do
   */
  public InvalidInputException(String message) {
    this(message, null);
  }

  /**
   * @param message one line: what, where, value found, what to do
   * @param cause shown only with {@code --verbose}
   */
  public InvalidInputException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  @Override
  public FailureKind kind() {
    return FailureKind.INPUT;
  }
}
