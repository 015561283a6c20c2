package org.jowa.error;

/**
 * A mistake in what the user gave us, a file or a folder for instance, that the user can mend. The
 * message is one line that says what is wrong, where, what was found and what to do; the command
 * line prints it without a stack trace and exits with 1.
 */
public class InvalidInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: what, where, value found, what to do
   */
  public InvalidInputException(String message) {
    super(message);
  }

  /**
   * @param message one line: what, where, value found, what to do
   * @param cause shown only with {@code --verbose}
   */
  public InvalidInputException(String message, Throwable cause) {
    super(message, cause);
  }
}
