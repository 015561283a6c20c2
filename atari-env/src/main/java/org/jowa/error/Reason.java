package org.jowa.error;

import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** What an exception of somebody else's code says, in one line. */
public final class Reason {
  private Reason() {}

  /**
   * The first line of its message, its class's name where it has none; a sentence where Java's
   * message is a path alone.
   */
  public static String of(Throwable e) {
    if (e instanceof NoSuchFileException missing) {
      return "there is no " + missing.getFile();
    }
    if (e instanceof AccessDeniedException denied) {
      return "no permission for " + denied.getFile();
    }
    String message = e.getMessage() == null ? "" : e.getMessage();
    return message.lines().findFirst().orElse(e.getClass().getSimpleName());
  }

  /** The same of the cause behind all others. */
  public static String behind(Throwable e) {
    return of(root(e));
  }

  /** The cause behind all others. */
  public static Throwable root(Throwable e) {
    Throwable root = e;
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      root = cause;
    }
    return root;
  }
}
