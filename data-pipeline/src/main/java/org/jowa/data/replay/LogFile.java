package org.jowa.data.replay;

import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;

/**
 * One file of a run's log; it knows how to say what is wrong with it.
 *
 * @param folder the run's {@code replay_logs} folder
 */
record LogFile(Storage folder, String game, int run, String name) {
  /** The kinds of values that have a row in every checkpoint. */
  enum Kind {
    OBSERVATION,
    ACTION,
    REWARD,
    TERMINAL;

    String fileName(int checkpoint) {
      return "$store$_" + name().toLowerCase(java.util.Locale.ROOT) + "_ckpt." + checkpoint + ".gz";
    }
  }

  static String addCountName(int checkpoint) {
    return "add_count_ckpt." + checkpoint + ".gz";
  }

  static String invalidRangeName(int checkpoint) {
    return "invalid_range_ckpt." + checkpoint + ".gz";
  }

  boolean exists() {
    return folder.exists(name);
  }

  InvalidInputException damaged(String what) {
    return damaged(what, null);
  }

  InvalidInputException damaged(String what, Throwable cause) {
    return new InvalidInputException(
        "Damaged replay log: game %s, run %d, file %s: %s. Fetch or record the file again."
            .formatted(game, run, folder.describe(name), what),
        cause);
  }

  InvalidInputException damagedRow(long row, String what) {
    return damaged("row " + row + ": " + what);
  }
}
