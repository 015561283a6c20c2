package org.jowa.model.checkpoint;

import org.jowa.error.InvalidInputException;

/**
 * A part of the run folder couldn't be written, for want of space for instance. What was there
 * before is as it was, so the same can be tried again once there is space.
 */
public final class WriteFailedException extends InvalidInputException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: what, where, value found, what to do
   * @param cause of the file system
   */
  public WriteFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
