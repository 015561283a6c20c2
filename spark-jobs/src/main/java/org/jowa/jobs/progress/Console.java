package org.jowa.jobs.progress;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import org.jowa.jobs.progress.TaskProgress.State;

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
  private final Amount amount;
  private long first = -1;
  private final long started;
  private long printed;

  /**
   * @param terminal whether lines may be drawn over
   * @param label what is being done
   */
  Console(PrintStream out, boolean terminal, String label, Amount amount) {
    this.out = out;
    this.terminal = terminal;
    this.label = label;
    this.amount = amount;
    this.started = System.nanoTime();
    this.printed = started;
  }

  /**
   * @param state how much is done; what the first call says was done by an earlier attempt
   */
  synchronized void show(State state) {
    if (first < 0) {
      first = state.done();
    }
    long now = System.nanoTime();
    if (now - printed >= (terminal ? TERMINAL_EVERY_NANOS : LINES_EVERY_NANOS)) {
      printed = now;
      print(line(state, now - started), "");
    }
  }

  synchronized void finish(State state) {
    print(line(state, System.nanoTime() - started), terminal ? "\n" : "");
  }

  private void print(String line, String end) {
    // \033[K clears what a longer line left behind.
    out.print(terminal ? "\r" + line + "\033[K" + end : line + System.lineSeparator());
    out.flush();
  }

  String line(State state, long nanos) {
    long done = state.done();
    boolean inParts = amount.count() > 0;
    long total = amount.expected(state);
    double rate = nanos == 0 ? 0 : (done - Math.max(0, first)) * NANOS / nanos;
    StringBuilder line = new StringBuilder(label).append(' ');
    if (terminal) {
      int full = (int) (total == 0 ? BAR : Math.min(BAR, BAR * done / total));
      line.append('[').append("#".repeat(full)).append(".".repeat(BAR - full)).append("] ");
    }
    line.append(
        inParts
            ? String.format(
                Locale.ROOT,
                "%,d/%,d %s, %,d %s",
                state.ended(),
                amount.count(),
                amount.parts(),
                done,
                amount.unit())
            : String.format(Locale.ROOT, "%,d/%,d %s", done, total, amount.unit()));
    boolean over = inParts ? state.ended() >= amount.count() : done >= total;
    if (rate > 0) {
      line.append(String.format(Locale.ROOT, rate < 10 ? ", %.1f/s" : ", %,.0f/s", rate));
      String bound = inParts ? state.ended() == 0 ? "at most " : "about " : "";
      line.append(over ? "" : ", " + bound + clock((total - done) / rate) + " left");
    }
    line.append(over ? ", took " + clock(nanos / NANOS) : "");
    return state.message().isEmpty()
        ? line.toString()
        : line.append(", ").append(state.message()).toString();
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
