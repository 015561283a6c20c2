package org.jowa.jobs.cli;

import java.util.ArrayList;
import java.util.List;
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

  /** For probabilities and other shares of a whole. */
  static void share(String option, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new UsageException("Option %s must be from 0 to 1, found %s".formatted(option, value));
    }
  }

  /** The constant that an option names, in lower case with dashes. */
  static <E extends Enum<E>> E choice(String option, String value, Class<E> type) {
    List<String> names = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      String name = constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
      if (name.equals(value)) {
        return constant;
      }
      names.add(name);
    }
    throw new UsageException(
        "Option %s is one of %s, found %s".formatted(option, String.join(", ", names), value));
  }
}
