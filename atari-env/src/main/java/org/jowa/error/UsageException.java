package org.jowa.error;

/** A mistake on the command line or in the configuration, found before any work starts. */
public final class UsageException extends InvalidInputException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: what, where, value found, what to do
   */
  public UsageException(String message) {
    super(message);
  }

  @Override
  public FailureKind kind() {
    return FailureKind.USAGE;
  }
}
