package org.jowa.data.replay;

import java.util.Locale;
import org.jowa.data.storage.Storage;
import org.jspecify.annotations.Nullable;

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

  String fullName() {
    return folder.describe(name);
  }

  /** The file's bytes; the SHA-256 of all of them is known at the end. */
  SourceStream open() {
    long length = folder.length(name).orElseThrow(this::missing);
    return new SourceStream(folder.open(name), length);
  }

  boolean exists() {
    return folder.exists(name);
  }

  DamagedLogException damaged(String what) {
    return damaged(what, null);
  }

  DamagedLogException damaged(String what, @Nullable Throwable cause) {
    return new DamagedLogException(
        String.format(
            Locale.ROOT,
            "Damaged replay log: game %s, run %d, file %s: %s. Fetch or record the file again, or"
                + " leave it out with --on-bad-source skip.",
            game,
            run,
            fullName(),
            what),
        fullName(),
        what,
        cause);
  }

  DamagedLogException missing() {
    return new DamagedLogException(
        String.format(
            Locale.ROOT,
            "Missing replay log file: game %s, run %d, file %s. Fetch or record it again, or leave"
                + " the checkpoint out with --on-bad-source skip.",
            game,
            run,
            fullName()),
        fullName(),
        "the file is missing",
        null);
  }

  DamagedLogException damagedRow(long row, String what) {
    return damaged("row " + row + ": " + what);
  }
}
