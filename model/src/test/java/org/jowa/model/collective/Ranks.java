package org.jowa.model.collective;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs one piece of code as every rank of a group, each in its own thread. */
public final class Ranks {
  /** Far beyond every time-out used in tests: reaching it means that a rank hangs. */
  private static final Duration HANG = Duration.ofMinutes(10);

  /** What a rank does. */
  @FunctionalInterface
  public interface Work<T> {
    T run(Collective collective) throws Exception;
  }

  /** What became of a rank: its value, or what it threw. */
  public record Outcome<T>(T value, Throwable error) {}

  private Ranks() {}

  /**
   * Runs {@code work} on all ranks as the training launcher does: a rank that throws aborts the
   * group, and every rank leaves it at the end.
   */
  public static <T> List<Outcome<T>> run(List<Collective> group, Work<T> work) {
    return runBare(
        group,
        collective -> {
          try (collective) {
            return abortingOnFailure(collective, work);
          }
        });
  }

  /** Tells the others why before the caller closes: leaving first would hide the reason. */
  private static <T> T abortingOnFailure(Collective collective, Work<T> work) throws Exception {
    try {
      return work.run(collective);
    } catch (Throwable e) {
      collective.abort(e);
      throw e;
    }
  }

  /** Runs {@code work} on all ranks with neither abort nor close. */
  public static <T> List<Outcome<T>> runBare(List<Collective> group, Work<T> work) {
    ExecutorService threads = Executors.newFixedThreadPool(group.size());
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (Collective collective : group) {
        futures.add(threads.submit(() -> work.run(collective)));
      }
      List<Outcome<T>> outcomes = new ArrayList<>();
      for (int rank = 0; rank < futures.size(); rank++) {
        try {
          outcomes.add(
              new Outcome<>(futures.get(rank).get(HANG.toSeconds(), TimeUnit.SECONDS), null));
        } catch (ExecutionException e) {
          outcomes.add(new Outcome<>(null, e.getCause()));
        } catch (TimeoutException e) {
          throw new AssertionError("Rank " + rank + " hangs", e);
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
      return outcomes;
    } finally {
      threads.shutdownNow();
    }
  }

  /** The values of all ranks. Fails if one of them threw. */
  public static <T> List<T> values(List<Collective> group, Work<T> work) {
    List<T> values = new ArrayList<>();
    for (Outcome<T> outcome : run(group, work)) {
      if (outcome.error() != null) {
        throw new AssertionError(outcome.error());
      }
      values.add(outcome.value());
    }
    return values;
  }
}
