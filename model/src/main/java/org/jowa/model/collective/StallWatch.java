package org.jowa.model.collective;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Looks after the waiting in one operation: says now and then for whom it waits, and breaks the
 * group when it has waited for too long.
 */
final class StallWatch {
  /** Beyond so many ranks a report tells of the missing ones only. */
  private static final int FULL_REPORT = 32;

  private final RingState state;
  private final RingOptions options;
  private final Operation operation;
  private final long timeoutNanos;
  private final Naps naps = new Naps(System.nanoTime());
  private long since = System.nanoTime();
  private long nextReport;
  private long reportInterval;

  StallWatch(RingState state, RingOptions options, Operation operation, Duration timeout) {
    this.state = state;
    this.options = options;
    this.operation = operation;
    this.timeoutNanos = timeout.toNanos();
    progressed();
  }

  /** Something moved: time counts from now on. */
  void progressed() {
    since = System.nanoTime();
    naps.since(since);
    reportInterval = options.stallReport().toNanos();
    nextReport = since + reportInterval;
  }

  /** How long to wait at most before the next {@link #check}; at least 1. */
  long millis() {
    long next = Math.min(nextReport, since + timeoutNanos);
    long millis = (next - System.nanoTime()) / 1_000_000 + 1;
    return Math.max(1, Math.min(millis, Naps.LOOK_MILLIS));
  }

  /**
   * Reports if it is time to.
   *
   * @param awaited the rank whose data doesn't come, or -1 in a barrier
   * @throws CollectiveException if the group is broken or has just been broken for waiting too long
   */
  void check(int awaited) {
    state.requireWhole(operation.toString());
    long now = System.nanoTime();
    long asleep = naps.since(now);
    since += asleep;
    nextReport += asleep;
    if (now - since >= timeoutNanos) {
      state.fail(timedOut(awaited));
      state.requireWhole(operation.toString());
    }
    if (now >= nextReport) {
      options.warnings().accept(report(now, awaited));
      reportInterval *= 2;
      nextReport = now + reportInterval;
    }
  }

  private GroupFailure timedOut(int awaited) {
    String time = Duration.ofNanos(timeoutNanos).toMillis() + " ms";
    List<Integer> missing = state.missing(operation);
    List<Integer> silent = state.silent(options.interval().multipliedBy(5).toNanos());
    if (missing.isEmpty()) {
      int blamed = silent.isEmpty() ? awaited : silent.get(0);
      return new GroupFailure(
          blamed, "let no data through for %s (%s)".formatted(time, state.describe(blamed)));
    }
    int first = missing.get(0);
    String others = missing.size() == 1 ? "" : " (absent ranks: " + missing + ")";
    return new GroupFailure(
        first, "stayed away for %s%s (%s)".formatted(time, others, state.describe(first)));
  }

  private String report(long now, int awaited) {
    List<Integer> missing = state.missing(operation);
    List<Integer> awaitedRanks = missing.isEmpty() ? List.of(awaited) : missing;
    String places =
        (state.worldSize() <= FULL_REPORT
                ? IntStream.range(0, state.worldSize()).boxed()
                : awaitedRanks.stream())
            .map(rank -> String.format(Locale.ROOT, "rank %d %s", rank, state.describe(rank)))
            .collect(Collectors.joining("; "));
    return String.format(
        Locale.ROOT,
        "Rank %d has waited %.1f s in %s for %s %s: %s",
        state.rank(),
        (now - since) * 1e-9,
        operation,
        missing.isEmpty() ? "data of rank" : missing.size() == 1 ? "rank" : "ranks",
        awaitedRanks.stream().map(String::valueOf).collect(Collectors.joining(", ")),
        places);
  }
}
