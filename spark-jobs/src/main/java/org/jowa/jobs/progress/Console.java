package org.jowa.jobs.progress;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/**
 * Prints how far one step is: a line that is drawn over on a terminal, a new line now and then
 * elsewhere. Goes to standard error with the other logs.
 */
final class Console {
  private static final int BAR = 24;
  private static final long TERMINAL_EVERY_NANOS = 200_000_000L;
  private static final long LINES_EVERY_NANOS = 10_000_000_000L;
  private static final double NANOS = 1e9;

  private final PrintStream out;
  private final boolean terminal;
  private final String label;
  private final String unit;
  private final long total;
  private long first = -1;
  private final long started;
  private long printed;

  /**
   * @param terminal whether lines may be drawn over
   * @param label what is being done
   * @param unit of what is counted, in the plural
   * @param total how many there are to do
   */
  Console(PrintStream out, boolean terminal, String label, String unit, long total) {
    this.out = out;
    this.terminal = terminal;
    this.label = label;
    this.unit = unit;
    this.total = total;
    this.started = System.nanoTime();
    this.printed = started;
  }

  /**
   * @param done how many are done; what the first call says was done by an earlier attempt
   */
  synchronized void show(long done, String message) {
    if (first < 0) {
      first = done;
    }
    long now = System.nanoTime();
    if (now - printed >= (terminal ? TERMINAL_EVERY_NANOS : LINES_EVERY_NANOS)) {
      printed = now;
      print(line(done, message, now - started), "");
    }
  }

  synchronized void finish(long done, String message) {
    print(line(done, message, System.nanoTime() - started), terminal ? "\n" : "");
  }

  private void print(String line, String end) {
    // \033[K clears what a longer line left behind.
    out.print(terminal ? "\r" + line + "\033[K" + end : line + System.lineSeparator());
    out.flush();
  }

  String line(long done, String message, long nanos) {
    double rate = nanos == 0 ? 0 : (done - Math.max(0, first)) * NANOS / nanos;
    StringBuilder line = new StringBuilder(label).append(' ');
    if (terminal) {
      int full = (int) (total == 0 ? BAR : Math.min(BAR, BAR * done / total));
      line.append('[').append("#".repeat(full)).append(".".repeat(BAR - full)).append("] ");
    }
    line.append(String.format(Locale.ROOT, "%,d/%,d %s", done, total, unit));
    if (rate > 0) {
      line.append(String.format(Locale.ROOT, rate < 10 ? ", %.1f/s" : ", %,.0f/s", rate));
      line.append(done < total ? ", " + clock((total - done) / rate) + " left" : "");
    }
    line.append(done >= total ? ", took " + clock(nanos / NANOS) : "");
    return message.isEmpty() ? line.toString() : line.append(", ").append(message).toString();
  }

  private static String clock(double seconds) {
    Duration duration = Duration.ofSeconds(Math.round(seconds));
    return duration.toHours() > 0
        ? String.format(
            Locale.ROOT,
            "%d:%02d:%02d",
            duration.toHours(),
            duration.toMinutesPart(),
            duration.toSecondsPart())
        : String.format(Locale.ROOT, "%d:%02d", duration.toMinutes(), duration.toSecondsPart());
  }
}
