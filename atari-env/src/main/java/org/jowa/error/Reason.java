package org.jowa.error;

/** What an exception of somebody else's code says, in one line. */
public final class Reason {
  private Reason() {}

  /** The first line of its message, its class's name where it has none. */
  public static String of(Throwable e) {
    String message = e.getMessage() == null ? "" : e.getMessage();
    return message.lines().findFirst().orElse(e.getClass().getSimpleName());
  }

  /** The same of the cause behind all others. */
  public static String behind(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return of(root);
  }
}
