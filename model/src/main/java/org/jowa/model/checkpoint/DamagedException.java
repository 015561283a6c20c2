package org.jowa.model.checkpoint;

/** A checkpoint folder that can't be used. The message completes "Checkpoint X is damaged: ...". */
final class DamagedException extends Exception {
  private static final long serialVersionUID = 1L;

  DamagedException(String message) {
    super(message);
  }
}
