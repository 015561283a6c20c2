package org.jowa.model.collective;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jowa.model.collective.ControlMessage.Status;
import org.jspecify.annotations.Nullable;

/**
 * What a rank of a ring knows of all ranks: where each is, who has left, and what broke the group.
 * Guarded by its own monitor, which is notified of every change.
 */
final class RingState {
  private static final class Member {
    private Status status = Status.NONE;
    private long heardNanos = System.nanoTime();
    private boolean left;
    private boolean gone;
    private boolean knowsOfFailure;
  }

  private final int rank;
  private final Member[] members;
  private Optional<Operation> current = Optional.empty();
  private volatile @Nullable GroupFailure failure;
  private Runnable onFailure = () -> {};

  RingState(int rank, int worldSize) {
    this.rank = rank;
    this.members = new Member[worldSize];
    for (int i = 0; i < worldSize; i++) {
      members[i] = new Member();
    }
  }

  int rank() {
    return rank;
  }

  int worldSize() {
    return members.length;
  }

  /** Sets what is called once, in whichever thread, when the group breaks: it may not block. */
  synchronized void onFailure(Runnable told) {
    onFailure = told;
  }

  synchronized Status own() {
    return members[rank].status;
  }

  synchronized void at(String place) {
    Status own = own();
    members[rank].status =
        new Status(own.begun(), own.done(), own.barrier(), own.operation(), place);
  }

  /**
   * This rank comes to an operation.
   *
   * @throws CollectiveException if the group is broken or another rank came for something else
   */
  synchronized void begin(Operation operation) {
    if (members[rank].left) {
      throw new IllegalStateException("Rank " + rank + " has left the group: no " + operation);
    }
    requireWhole(operation.toString());
    Status own = own();
    long barrier = operation.kind() == Operation.Kind.BARRIER ? operation.number() : own.barrier();
    members[rank].status =
        new Status(operation.number(), own.done(), barrier, operation.toString(), own.place());
    current = Optional.of(operation);
    for (int peer = 0; peer < members.length; peer++) {
      checkAgainst(peer);
    }
    requireWhole(operation.toString());
  }

  /** The operation is over for this rank, well or not. */
  synchronized void end(Operation operation) {
    current = Optional.empty();
    if (failure == null) {
      Status own = own();
      members[rank].status =
          new Status(own.begun(), operation.number(), own.barrier(), own.operation(), own.place());
    }
    notifyAll();
  }

  synchronized void received(int peer, Status status) {
    members[peer].status = status;
    checkAgainst(peer);
    notifyAll();
  }

  synchronized void alive(int peer) {
    members[peer].heardNanos = System.nanoTime();
  }

  synchronized void left(int peer, Status last) {
    members[peer].left = true;
    received(peer, last);
  }

  /** Nothing more will come from the peer. */
  synchronized void gone(int peer) {
    members[peer].gone = true;
    notifyAll();
  }

  synchronized boolean hasLeft(int peer) {
    return members[peer].left;
  }

  /** This rank leaves; an operation of it that still runs ends in an error. */
  synchronized void leave() {
    current.ifPresent(running -> fail(new GroupFailure(rank, "left the group in " + running)));
    members[rank].left = true;
    notifyAll();
  }

  private void checkAgainst(int peer) {
    if (peer == rank || current.isEmpty()) {
      return;
    }
    Operation mine = current.get();
    Member other = members[peer];
    Status theirs = other.status;
    boolean bothBarriers =
        (theirs.barrier() == mine.number()) == (mine.kind() == Operation.Kind.BARRIER);
    if (theirs.begun() == mine.number() && !bothBarriers) {
      disagree(peer, theirs.operation());
    } else if (other.left && theirs.done() < mine.number()) {
      fail(
          new GroupFailure(
              peer, "left the group while others wait for it (" + theirs.describe() + ")"));
    }
  }

  /** Breaks the group because a peer came for something else than this rank. */
  synchronized void disagree(int peer, String theirs) {
    String mine = current.map(Operation::toString).orElse("nothing");
    int blamed = Math.max(rank, peer);
    fail(
        new GroupFailure(
            blamed,
            String.format(
                Locale.ROOT,
                "came for %s, but rank %d for %s: all ranks have to call the same operations in the"
                    + " same order with the same sizes",
                blamed == rank ? mine : theirs,
                Math.min(rank, peer),
                blamed == rank ? theirs : mine)));
  }

  /** Breaks the group, unless it is broken already. */
  synchronized void fail(GroupFailure first) {
    if (failure == null) {
      failure = first;
      notifyAll();
      onFailure.run();
    }
  }

  /** Cheap: for the inner loops of operations. */
  boolean isBroken() {
    return failure != null;
  }

  Optional<GroupFailure> failure() {
    return Optional.ofNullable(failure);
  }

  /**
   * @throws CollectiveException if the group is broken
   */
  void requireWhole(String operation) {
    GroupFailure first = failure;
    if (first != null) {
      throw first.metBy(rank, operation);
    }
  }

  synchronized void knowsOfFailure(int peer) {
    members[peer].knowsOfFailure = true;
    notifyAll();
  }

  /** Waits until every rank that is there knows that the group is broken. */
  synchronized void awaitFailureKnown(Duration longest) throws InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    while (IntStream.range(0, members.length).anyMatch(this::hasToHear)) {
      long nanos = deadline - System.nanoTime();
      if (nanos <= 0) {
        return;
      }
      wait(nanos / 1_000_000 + 1);
    }
  }

  private boolean hasToHear(int peer) {
    Member member = members[peer];
    return peer != rank
        && member.status != Status.NONE
        && !member.left
        && !member.gone
        && !member.knowsOfFailure;
  }

  /** Waits for the group to break, for at most the given time. */
  synchronized void awaitFailure(Duration longest) throws InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    while (failure == null) {
      long nanos = deadline - System.nanoTime();
      if (nanos <= 0) {
        return;
      }
      wait(nanos / 1_000_000 + 1);
    }
  }

  /** Waits once for any change, and tells whether all ranks have come to the barrier. */
  synchronized boolean awaitBarrier(Operation barrier, long millis) throws InterruptedException {
    if (!allCameTo(barrier) && !isBroken()) {
      wait(millis);
    }
    return allCameTo(barrier);
  }

  private boolean allCameTo(Operation barrier) {
    return Arrays.stream(members).allMatch(member -> member.status.barrier() >= barrier.number());
  }

  /** Ranks that haven't come to an operation yet. */
  synchronized List<Integer> missing(Operation operation) {
    return ranks(peer -> members[peer].status.begun() < operation.number());
  }

  /** Ranks that haven't been heard of for longer than the given time. */
  synchronized List<Integer> silent(long nanos) {
    long now = System.nanoTime();
    return ranks(
        peer -> peer != rank && !members[peer].left && now - members[peer].heardNanos > nanos);
  }

  private List<Integer> ranks(IntPredicate which) {
    return IntStream.range(0, members.length).filter(which).boxed().toList();
  }

  /** Where a rank was when it was last heard of. */
  synchronized String describe(int peer) {
    return members[peer].status.describe();
  }
}
