package org.jowa.data.replay;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jowa.error.InvalidInputException;

/**
 * Rows {@code [from, to)} of a checkpoint's files.
 *
 * <p>The logger's buffer is a ring of {@code rows} places that is saved whole, so {@code add_count}
 * (rows written so far) says which places were written since the checkpoint before, and in which
 * order.
 */
record RowSpan(long from, long to) {
  long size() {
    return to - from;
  }

  static final Comparator<RowSpan> IN_FILE_ORDER = Comparator.comparingLong(RowSpan::from);

  /**
   * What a checkpoint adds to the run, in the order of play.
   *
   * @param spans rows of the files, in the order of play
   * @param staleRows rows that were never written, or whose file before is missing
   * @param repeatedRows rows that the checkpoint before holds already
   */
  record Fresh(List<RowSpan> spans, long staleRows, long repeatedRows) {
    static Fresh wholeFile(long rows) {
      return new Fresh(List.of(new RowSpan(0, rows)), 0, 0);
    }

    long size() {
      return spans.stream().mapToLong(RowSpan::size).sum();
    }
  }

  /** The rows of a run's first file. */
  static Fresh first(long rows, long addCount, LogFile file) {
    if (addCount < 0) {
      throw file.damaged("add_count is " + addCount);
    }
    long cursor = addCount % rows;
    if (addCount > 0 && cursor == 0) {
      return Fresh.wholeFile(rows);
    }
    return new Fresh(List.of(new RowSpan(0, cursor)), rows - cursor, 0);
  }

  /**
   * The rows of a file that follows another.
   *
   * @throws InvalidInputException when the two counts don't fit the rows of the files
   */
  static Fresh following(
      long rows, long addCount, long rowsBefore, long addCountBefore, LogFile file) {
    long fresh = addCount - addCountBefore;
    // A recorder's last file may simply be shorter than the others.
    boolean shorter = rows != rowsBefore && fresh == rows;
    if (shorter) {
      return Fresh.wholeFile(rows);
    }
    if (addCountBefore < 0 || fresh < 0 || fresh > rows || rows != rowsBefore) {
      throw file.damaged(
          String.format(
              Locale.ROOT,
              "add_count went from %d to %d in a file of %d rows (the file before has %d),"
                  + " so rows are missing",
              addCountBefore,
              addCount,
              rows,
              rowsBefore));
    }
    long start = addCountBefore % rows;
    long end = start + fresh;
    List<RowSpan> spans =
        end <= rows
            ? List.of(new RowSpan(start, end))
            : List.of(new RowSpan(start, rows), new RowSpan(0, end - rows));
    return new Fresh(spans, 0, rows - fresh);
  }
}
