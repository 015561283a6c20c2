package org.jowa.model.exchange;

/**
 * A part of a file of weights is not what it has to be. The message completes "Cannot read weights
 * from X: ...".
 */
final class MalformedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MalformedException(String message) {
    super(message);
  }
}
