package org.jowa.jobs.cli;

import java.util.Locale;
import org.jowa.error.UsageException;

/** Checks that several commands make of their options. */
final class Options {
  private Options() {}

  static void atLeast(String option, int value, int least) {
    if (value < least) {
      throw new UsageException(
          String.format(
              Locale.ROOT, "Option %s must be at least %d, found %d", option, least, value));
    }
  }
}
