package org.jowa.model.collective;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Where the ranks of one JVM meet, again and again. A rendezvous waits for a bounded time, checks
 * that all came for the same thing, and breaks for good at the first failure.
 */
final class Rendezvous {
  private final int worldSize;
  private final @Nullable Offer[] offers;
  private final boolean[] arrived;
  private final boolean[] left;
  private final @Nullable String[] places;
  private Offer[] agreed = {};
  private int arrivedCount;
  private long generation;
  private Optional<GroupFailure> failure = Optional.empty();

  Rendezvous(int worldSize) {
    this.worldSize = worldSize;
    this.offers = new Offer[worldSize];
    this.arrived = new boolean[worldSize];
    this.left = new boolean[worldSize];
    this.places = new String[worldSize];
  }

  int worldSize() {
    return worldSize;
  }

  /**
   * Waits until all ranks have come with equal terms.
   *
   * @return the offers of all, in rank order
   * @throws CollectiveException if the group is or gets broken, by the time-out for instance
   */
  synchronized Offer[] exchange(int rank, Offer offer, Duration timeout) {
    if (left[rank]) {
      throw new IllegalStateException(
          "Rank " + rank + " has left the group: no " + offer.operation());
    }
    requireWhole(rank, offer);
    offers[rank] = offer;
    long entered = generation;
    if (arrive(rank)) {
      requireEqualTerms(rank, offer);
      agreed = offers.clone();
      part();
      return agreed;
    }
    long deadline = System.nanoTime() + timeout.toNanos();
    Naps naps = new Naps(System.nanoTime());
    while (generation == entered) {
      failIfAwaitedRankLeft(rank);
      long now = System.nanoTime();
      deadline += naps.since(now);
      long nanos = deadline - now;
      if (nanos <= 0) {
        failAbsentRanks(timeout);
      }
      requireWhole(rank, offer);
      try {
        // Whole milliseconds, rounded up: wait(0) would wait for ever.
        wait(Math.min(nanos / 1_000_000 + 1, Naps.LOOK_MILLIS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        if (generation == entered) {
          fail(new GroupFailure(rank, "was interrupted in " + offer.operation(), e));
        }
      }
    }
    return agreed;
  }

  /**
   * Waits until all ranks have done their part with the memory of others. It has neither time-out
   * nor failure: between an exchange and this call a rank only copies memory, and whoever left
   * earlier could free memory that another still reads.
   */
  synchronized void settle(int rank) {
    long entered = generation;
    if (arrive(rank)) {
      part();
    }
    boolean interrupted = false;
    while (generation == entered) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Breaks the group, unless it is broken already. */
  synchronized void fail(GroupFailure first) {
    if (failure.isEmpty()) {
      failure = Optional.of(first);
    }
    notifyAll();
  }

  synchronized void at(int rank, String place) {
    places[rank] = place;
  }

  synchronized void leave(int rank) {
    left[rank] = true;
    notifyAll();
  }

  private boolean arrive(int rank) {
    arrived[rank] = true;
    arrivedCount++;
    return arrivedCount == worldSize;
  }

  private void part() {
    Arrays.fill(arrived, false);
    arrivedCount = 0;
    generation++;
    notifyAll();
  }

  private void requireWhole(int rank, Offer offer) {
    if (failure.isPresent()) {
      throw failure.get().metBy(rank, offer.operation());
    }
  }

  private void requireEqualTerms(int rank, Offer offer) {
    for (int other = 1; other < worldSize; other++) {
      if (!offers[other].terms().equals(offers[0].terms())) {
        fail(
            new GroupFailure(
                other,
                "came for %s, but rank 0 for %s: all ranks have to call the same operations in the same order with the same sizes"
                    .formatted(offers[other].terms(), offers[0].terms())));
        requireWhole(rank, offer);
      }
    }
  }

  private void failIfAwaitedRankLeft(int self) {
    for (int rank = 0; rank < worldSize; rank++) {
      // A rank that leaves while its own started operation is under way has left it, too.
      if (left[rank] && (!arrived[rank] || rank == self)) {
        fail(new GroupFailure(rank, "left the group while others wait for it" + lastSeen(rank)));
      }
    }
  }

  private void failAbsentRanks(Duration timeout) {
    List<Integer> absent =
        IntStream.range(0, worldSize).filter(rank -> !arrived[rank]).boxed().toList();
    int first = absent.get(0);
    String others = absent.size() == 1 ? "" : " (absent ranks: " + absent + ")";
    fail(
        new GroupFailure(
            first, "stayed away for " + timeout.toMillis() + " ms" + others + lastSeen(first)));
  }

  private String lastSeen(int rank) {
    String place = places[rank] == null ? "" : ", at " + places[rank];
    return offers[rank] == null
        ? " (never seen in an operation" + place + ")"
        : " (last seen in " + offers[rank].operation() + place + ")";
  }
}
