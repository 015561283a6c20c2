package org.jowa.data.replay;

import org.jowa.error.InvalidInputException;
import org.jspecify.annotations.Nullable;

/** A file of a log is missing or can't be read; says which, where in it, and why. */
public final class DamagedLogException extends InvalidInputException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final String reason;

  DamagedLogException(String message, String file, String reason, @Nullable Throwable cause) {
    super(message, cause);
    this.file = file;
    this.reason = reason;
  }

  /** The file's full name. */
  public String file() {
    return file;
  }

  /** Where in the file and why, without the file's name. */
  public String reason() {
    return reason;
  }
}
