package org.jowa.data.replay;

import org.jowa.error.InvalidInputException;

/** What is wrong with a file of episodes; whoever knows the file's name says it. */
public final class WrongEpisodesException extends InvalidInputException {
  private static final long serialVersionUID = 1L;

  /**
   * @param reason the end of a sentence whose subject is the file
   */
  public WrongEpisodesException(String reason) {
    super(reason);
  }
}
