package org.jowa.error;

/** The work ended before its end because it was asked to; the same command goes on with it. */
public non-sealed class StoppedException extends ReportedException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: why, how far it came, what to do
   * @param cause null where there is none
   */
  public StoppedException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public final FailureKind kind() {
    return FailureKind.STOP;
  }
}
