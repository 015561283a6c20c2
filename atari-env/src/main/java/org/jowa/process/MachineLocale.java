package org.jowa.process;

import java.util.Locale;

/**
 * The one locale of all our processes. Our own code names a locale wherever it formats, which the
 * compiler checks; this is for the libraries, some of which write digits and decimal points of the
 * user's country into what other programs read.
 */
public final class MachineLocale {
  /** The same for a JVM that runs tasks, as options of its command line. */
  public static final String JVM_OPTIONS =
      "-Duser.language=en -Duser.script= -Duser.country= -Duser.variant= -Duser.extensions=";

  private MachineLocale() {}

  /** Makes it the default of this process, whatever the environment and options say. */
  public static void use() {
    Locale.setDefault(Locale.ROOT);
  }
}
