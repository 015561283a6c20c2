package org.jowa.model.train;

import org.jowa.error.InvalidInputException;

/** A loss or gradient that is not finite. The message names step, samples, games and what to do. */
public final class DivergedException extends InvalidInputException {
  private static final long serialVersionUID = 1L;

  DivergedException(String message) {
    super(message);
  }
}
