package org.jowa.model.collective;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A rank that is a thread. Each rank adds up its own slice of all contributions, then copies the
 * slices of the others: the same work and the same order of summation as in a ring of processes.
 */
final class InProcessCollective implements Collective {
  /** Stays in a core's nearest caches. */
  private static final int BLOCK_BYTES = 16 << 10;

  private final int rank;
  private final Rendezvous rendezvous;
  private final Duration timeout;
  private final OperationQueue operations;
  private long begun;

  InProcessCollective(int rank, Rendezvous rendezvous, Duration timeout) {
    this.rank = rank;
    this.rendezvous = rendezvous;
    this.timeout = timeout;
    this.operations =
        new OperationQueue(
            "jowa-collective-" + rank,
            () -> rendezvous.fail(new GroupFailure(rank, "was interrupted while it waited")));
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int worldSize() {
    return rendezvous.worldSize();
  }

  @Override
  public void allReduceSum(Tensor tensor) {
    HostMemory own = memory(tensor);
    operations.run(() -> allReduce("allReduceSum", own, 1));
  }

  @Override
  public Pending startAllReduceSum(Tensor tensor) {
    HostMemory own = memory(tensor);
    return operations.start(() -> allReduce("allReduceSum", own, 1));
  }

  @Override
  public void allReduceMean(Tensor tensor) {
    HostMemory own = memory(tensor);
    operations.run(() -> allReduce("allReduceMean", own, worldSize()));
  }

  @Override
  public void allReduceSum(double[] values) {
    HostMemory own = HostMemory.of(values);
    operations.run(() -> allReduce("allReduceSum", own, 1));
    own.copyTo(values);
  }

  private void allReduce(String name, HostMemory own, int divisor) {
    HostMemory[] all = exchange(name, own);
    if (all.length == 1) {
      return;
    }
    Slices slices = new Slices(own.length(), worldSize());
    try {
      sumSlice(all, slices, divisor);
    } finally {
      rendezvous.settle(rank);
    }
    try {
      for (int other = 0; other < all.length; other++) {
        if (other != rank) {
          copy(all[other], own, slices.start(other), slices.start(other + 1));
        }
      }
    } finally {
      rendezvous.settle(rank);
    }
  }

  /**
   * Adds up this rank's slice of all memories in the order of the ring, and puts it into its own.
   */
  private void sumSlice(HostMemory[] all, Slices slices, int divisor) {
    HostMemory own = all[rank];
    int elementBytes = own.type().bytes();
    long end = slices.start(rank + 1) * elementBytes;
    ByteBuffer block = HostMemory.direct(BLOCK_BYTES);
    for (long at = slices.start(rank) * elementBytes; at < end; at += BLOCK_BYTES) {
      int bytes = (int) Math.min(BLOCK_BYTES, end - at);
      ByteBuffer sum = block.slice(0, bytes).order(block.order());
      sum.put(0, own.view(at, bytes), 0, bytes);
      for (int hop = 1; hop < all.length; hop++) {
        own.add(sum, all[(rank + hop) % all.length].view(at, bytes));
      }
      own.divide(sum, divisor);
      own.view(at, bytes).put(sum);
    }
  }

  private static void copy(HostMemory from, HostMemory to, long start, long end) {
    int elementBytes = to.type().bytes();
    for (long at = start * elementBytes; at < end * elementBytes; at += BLOCK_BYTES) {
      int bytes = (int) Math.min(BLOCK_BYTES, end * elementBytes - at);
      to.view(at, bytes).put(from.view(at, bytes));
    }
  }

  @Override
  public void broadcast(Tensor tensor, int root) {
    HostMemory own = memory(tensor);
    if (root < 0 || root >= worldSize()) {
      throw abortedBy(
          new IllegalArgumentException(
              "Root has to be a rank from 0 to " + (worldSize() - 1) + ", found " + root));
    }
    operations.run(() -> copyFrom(root, own));
  }

  private void copyFrom(int root, HostMemory own) {
    HostMemory[] all = exchange("broadcast from rank " + root, own);
    try {
      if (rank != root) {
        copy(all[root], own, 0, own.length());
      }
    } finally {
      rendezvous.settle(rank);
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
            rendezvous.exchange(
                rank, new Offer(numbered("barrier"), "barrier", Optional.empty()), allowed));
  }

  @Override
  public void at(String where) {
    rendezvous.at(rank, where);
  }

  @Override
  public void abort(Throwable cause) {
    rendezvous.fail(new GroupFailure(rank, "failed: " + cause, cause));
  }

  @Override
  public void close() {
    rendezvous.leave(rank);
    operations.close();
  }

  private HostMemory[] exchange(String name, HostMemory own) {
    Offer offer = new Offer(numbered(name), name + " of " + own.describe(), Optional.of(own));
    return Arrays.stream(rendezvous.exchange(rank, offer, timeout))
        .map(other -> other.memory().orElseThrow())
        .toArray(HostMemory[]::new);
  }

  private HostMemory memory(Tensor tensor) {
    try {
      return HostMemory.of(tensor);
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
}
