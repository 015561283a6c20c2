package org.jowa.jobs.doctor;

import org.jspecify.annotations.Nullable;

/**
 * What one check found.
 *
 * @param subject what was checked
 * @param level how it is
 * @param found what is there
 * @param remedy what to do; empty when all is well
 */
record Finding(String subject, Level level, String found, @Nullable String remedy) {

  enum Level {
    OK("ok"),
    /** Works, but worse than it could. */
    WARNING("warning"),
    /** Something that jobs need is not there. */
    MISSING("MISSING");

    private final String label;

    Level(String label) {
      this.label = label;
    }
  }

  static Finding ok(String subject, String found) {
    return new Finding(subject, Level.OK, found, "");
  }

  static Finding warning(String subject, String found, @Nullable String remedy) {
    return new Finding(subject, Level.WARNING, found, remedy);
  }

  static Finding missing(String subject, String found, @Nullable String remedy) {
    return new Finding(subject, Level.MISSING, found, remedy);
  }

  @Override
  public String toString() {
    String line = "%-8s %-9s %s".formatted(level.label, subject, found);
    return remedy == null || remedy.isEmpty() ? line : line + ": " + remedy;
  }
}
