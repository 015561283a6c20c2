package org.jowa.error;

/** The work ended before its end because it was asked to; the same command goes on with it. */
public non-sealed class StoppedException extends ReportedException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: why, how far it came, what to do
   */
  public StoppedException(String message) {
    super(message, null);
  }

  /** The same because of another error. */
  public StoppedException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public final FailureKind kind() {
    return FailureKind.STOP;
  }
}
