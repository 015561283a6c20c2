package org.jowa.model.collective;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * A rank that is a thread. Each rank adds up its own slice of all contributions, then copies the
 * slices of the others: the same work and the same order of summation as in a ring of processes.
 */
final class InProcessCollective implements Collective {
  private final int rank;
  private final Meeting meeting;
  private final Duration timeout;
  private final OperationQueue operations;
  private long begun;

  InProcessCollective(int rank, Meeting meeting, Duration timeout) {
    this.rank = rank;
    this.meeting = meeting;
    this.timeout = timeout;
    this.operations =
        new OperationQueue(
            "jowa-collective-" + rank,
            () -> meeting.fail(rank, "was interrupted while it waited", null));
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int worldSize() {
    return meeting.worldSize();
  }

  @Override
  public void allReduceSum(Tensor tensor) {
    allReduce("allReduceSum", contribution(() -> Contribution.of(tensor)), 1);
  }

  @Override
  public void allReduceSum(double[] values) {
    allReduce("allReduceSum", contribution(() -> Contribution.of(values)), 1);
  }

  @Override
  public void allReduceMean(Tensor tensor) {
    allReduce("allReduceMean", contribution(() -> Contribution.of(tensor)), worldSize());
  }

  @Override
  public Pending startAllReduceSum(Tensor tensor) {
    Contribution own = contribution(() -> Contribution.of(tensor));
    return operations.start(() -> sumOverAll("allReduceSum", own, 1));
  }

  private void allReduce(String name, Contribution own, int divisor) {
    operations.run(() -> sumOverAll(name, own, divisor));
  }

  private void sumOverAll(String name, Contribution own, int divisor) {
    Contribution[] all = exchange(name, own);
    if (all.length == 1) {
      return;
    }
    try {
      own.sum(all, rank, sliceStart(own, rank), sliceStart(own, rank + 1), divisor);
    } finally {
      meeting.settle(rank);
    }
    try {
      for (int other = 0; other < all.length; other++) {
        if (other != rank) {
          own.copy(all[other], sliceStart(own, other), sliceStart(own, other + 1));
        }
      }
    } finally {
      meeting.settle(rank);
    }
  }

  @Override
  public void broadcast(Tensor tensor, int root) {
    Contribution own = contribution(() -> Contribution.of(tensor));
    if (root < 0 || root >= worldSize()) {
      throw abortedBy(
          new IllegalArgumentException(
              "Root has to be a rank from 0 to " + (worldSize() - 1) + ", found " + root));
    }
    operations.run(() -> copyFrom(root, own));
  }

  private void copyFrom(int root, Contribution own) {
    Contribution[] all = exchange("broadcast from rank " + root, own);
    try {
      if (rank != root) {
        own.copy(all[root], 0, own.length());
      }
    } finally {
      meeting.settle(rank);
    }
  }

  @Override
  public void barrier() {
    barrier(timeout);
  }

  @Override
  public void barrier(Duration allowed) {
    operations.run(
        () ->
            meeting.exchange(
                rank, new Offer(numbered("barrier"), "barrier", Optional.empty()), allowed));
  }

  @Override
  public void at(String where) {
    meeting.at(rank, where);
  }

  @Override
  public void abort(Throwable cause) {
    meeting.fail(rank, "failed: " + cause, cause);
  }

  @Override
  public void close() {
    meeting.leave(rank);
    operations.close();
  }

  private Contribution[] exchange(String name, Contribution own) {
    Offer offer = new Offer(numbered(name), name + " of " + own.describe(), Optional.of(own));
    return Arrays.stream(meeting.exchange(rank, offer, timeout))
        .map(other -> other.contribution().orElseThrow())
        .toArray(Contribution[]::new);
  }

  private Contribution contribution(Supplier<Contribution> supplier) {
    try {
      return supplier.get();
    } catch (IllegalArgumentException e) {
      throw abortedBy(e);
    }
  }

  private IllegalArgumentException abortedBy(IllegalArgumentException misuse) {
    abort(misuse);
    return misuse;
  }

  private String numbered(String name) {
    begun++;
    return name + " (operation " + begun + ")";
  }

  private long sliceStart(Contribution own, int slice) {
    // Remainders first, so that the product can't overflow.
    long whole = own.length() / worldSize();
    long rest = own.length() % worldSize();
    return slice * whole + Math.min(slice, rest);
  }
}
