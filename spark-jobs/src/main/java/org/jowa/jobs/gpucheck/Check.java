package org.jowa.jobs.gpucheck;

import java.util.Locale;
import org.jowa.error.Reason;
import org.jspecify.annotations.Nullable;

/**
 * What one check found.
 *
 * @param name of what was checked
 * @param verdict on it
 * @param detail one line: what was found, or why it wasn't checked and what to do
 */
record Check(String name, Verdict verdict, @Nullable String detail) {
  enum Verdict {
    PASS,
    FAIL,
    SKIPPED;

    @Override
    public String toString() {
      return this == FAIL ? name() : name().toLowerCase(Locale.ROOT);
    }
  }

  static Check passed(String name, String detail) {
    return new Check(name, Verdict.PASS, detail);
  }

  static Check failed(String name, @Nullable String detail) {
    return new Check(name, Verdict.FAIL, detail);
  }

  static Check skipped(String name, String detail) {
    return new Check(name, Verdict.SKIPPED, detail);
  }

  /** The outcome of something that may throw: its detail, or the first line of the error. */
  static Check of(String name, Work work) {
    try {
      return work.run(name);
    } catch (Exception | LinkageError e) {
      return failed(name, Reason.of(e));
    }
  }

  /** A check's work. */
  interface Work {
    Check run(String name) throws Exception;
  }
}
