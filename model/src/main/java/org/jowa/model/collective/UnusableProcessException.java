package org.jowa.model.collective;

import org.jspecify.annotations.Nullable;

/**
 * This process can't go on, whatever is tried next in it: its CUDA context is spoilt, or a native
 * call never came back. Whoever starts ranks has to let the JVM exit, so that the next attempt gets
 * a clean one.
 */
public final class UnusableProcessException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what happened, on which rank
   * @param cause the error of the native library, or null
   */
  public UnusableProcessException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
