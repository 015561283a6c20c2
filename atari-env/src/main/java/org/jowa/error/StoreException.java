package org.jowa.error;

/**
 * A file system didn't do what it was asked to, or didn't answer. That is no mistake of the user's,
 * and may go well at another time; a file that is missing, forbidden or not what it should be is an
 * {@link InvalidInputException}.
 */
public non-sealed class StoreException extends ReportedException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: what, where, value found, what to do
   * @param cause of the file system
   */
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public final FailureKind kind() {
    return FailureKind.STORE;
  }
}
