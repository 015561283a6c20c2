package org.jowa.data.replay;

/** Which rows of the files make up the episodes. */
public enum ReplayRows {
  /**
   * Episodes are joined across files, rows are put in the order of play with {@code add_count}, and
   * padding rows, stale rows and repeated rows are left out. So is the rest of an episode whose
   * beginning no file holds: where the first files of a run are absent, and after a gap.
   */
  JOINED,
  /** The same rows, but each file by itself: an episode that straddles two files is left out. */
  WITHIN_FILES,
  /**
   * The rows of the reference implementation: checkpoints from 1 on, every row of a file as a step,
   * an episode starts after the previous terminal of the same file or at row 0, and what follows a
   * file's last terminal is dropped (spec 5.2).
   */
  REFERENCE
}
