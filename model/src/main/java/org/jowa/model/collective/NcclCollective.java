package org.jowa.model.collective;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.collective.NcclLibrary.NcclException;
import org.jowa.model.collective.NcclLibrary.Reduction;
import org.jspecify.annotations.Nullable;

/**
 * A rank whose tensors are on a GPU: NCCL adds them up in the device's own memory. The ring that
 * the ranks joined before stays: it carries NCCL's unique id, host values and host tensors,
 * barriers, signs of life and failures.
 *
 * <p>Operations on device tensors run on a stream of their own, after what torch's stream has been
 * given so far. {@link #startAllReduceSum} returns when they are on that stream; {@code finish}
 * looks at the event behind them, at NCCL's errors and at the ring, so that the failure of any rank
 * ends the wait: the communicator is then aborted.
 *
 * <p>NCCL's order of summation is fixed for given ranks and hardware, but isn't the ring's. Ranks
 * that bring different sizes are found out by the time-out only.
 */
public final class NcclCollective implements Collective {
  private static final long SPIN_NANOS = 200_000;
  private static final long POLL_MICROS = 100;

  private final RingCollective ring;
  private final NcclLibrary library;
  private final int device;
  private final Duration timeout;
  private final long stream;
  private Optional<Long> communicator;
  private boolean closed;

  private NcclCollective(
      RingCollective ring, NcclLibrary library, int device, long communicator, long stream) {
    this.ring = ring;
    this.library = library;
    this.device = device;
    this.timeout = ring.timeout();
    this.communicator = Optional.of(communicator);
    this.stream = stream;
  }

  /**
   * Lets a ring's ranks use their GPUs. All ranks call it at the same time; closing it closes the
   * ring.
   *
   * @param ring as {@link RingListener#join} returned it
   * @param device number of this rank's GPU
   * @throws org.jowa.error.InvalidInputException in one line, if NCCL or CUDA is missing here
   * @throws CollectiveException if another rank failed meanwhile
   * @throws UnusableProcessException if CUDA failed, or NCCL never came back
   */
  public static Collective over(Collective ring, int device) {
    if (!(ring instanceof RingCollective joined)) {
      throw new IllegalArgumentException(
          "NCCL needs ranks joined by RingListener, found " + ring.getClass().getSimpleName());
    }
    NcclLibrary library;
    try {
      library = NcclNatives.load();
    } catch (RuntimeException e) {
      ring.abort(e);
      throw e;
    }
    return over(joined, library, device);
  }

  static NcclCollective over(RingCollective ring, NcclLibrary library, int device) {
    try {
      library.useDevice(device);
      long communicator = NcclJoining.join(ring, library, device);
      return new NcclCollective(ring, library, device, communicator, library.newStream());
    } catch (NcclException e) {
      throw failed(ring, "starting NCCL", e);
    }
  }

  @Override
  public boolean takesDeviceMemory() {
    return true;
  }

  @Override
  public int rank() {
    return ring.rank();
  }

  @Override
  public int worldSize() {
    return ring.worldSize();
  }

  @Override
  public void allReduceSum(Tensor tensor) {
    if (tensor.is_cpu()) {
      ring.allReduceSum(tensor);
    } else {
      allReduce(memory(tensor), Reduction.SUM).finish();
    }
  }

  @Override
  public Pending startAllReduceSum(Tensor tensor) {
    return tensor.is_cpu()
        ? ring.startAllReduceSum(tensor)
        : allReduce(memory(tensor), Reduction.SUM);
  }

  @Override
  public void allReduceMean(Tensor tensor) {
    if (tensor.is_cpu()) {
      ring.allReduceMean(tensor);
    } else {
      allReduce(memory(tensor), Reduction.MEAN).finish();
    }
  }

  @Override
  public void broadcast(Tensor tensor, int root) {
    if (tensor.is_cpu()) {
      ring.broadcast(tensor, root);
    } else {
      broadcast(memory(tensor), root).finish();
    }
  }

  @Override
  public void allReduceSum(double[] values) {
    ring.allReduceSum(values);
  }

  @Override
  public void barrier() {
    ring.barrier();
  }

  @Override
  public void barrier(Duration allowed) {
    ring.barrier(allowed);
  }

  @Override
  public void at(String where) {
    ring.at(where);
  }

  @Override
  public void abort(Throwable cause) {
    ring.abort(cause);
    abortCommunicator();
  }

  private DeviceMemory memory(Tensor tensor) {
    try {
      return DeviceMemory.of(tensor);
    } catch (IllegalArgumentException e) {
      abort(e);
      throw e;
    }
  }

  Pending allReduce(DeviceMemory memory, Reduction reduction) {
    return start(
        reduction == Reduction.SUM ? "allReduceSum on GPUs" : "allReduceMean on GPUs",
        memory,
        comm ->
            library.allReduce(
                memory.address(), memory.count(), memory.type(), reduction, comm, stream));
  }

  Pending broadcast(DeviceMemory memory, int root) {
    if (root < 0 || root >= worldSize()) {
      IllegalArgumentException misuse =
          new IllegalArgumentException(
              "Root has to be a rank from 0 to " + (worldSize() - 1) + ", found " + root);
      abort(misuse);
      throw misuse;
    }
    return start(
        "broadcast on GPUs from rank " + root,
        memory,
        comm ->
            library.broadcast(memory.address(), memory.count(), memory.type(), root, comm, stream));
  }

  /** Puts work on the stream, given the communicator. */
  private interface Enqueued {
    void on(long communicator);
  }

  private synchronized Pending start(String name, DeviceMemory memory, Enqueued work) {
    if (ring.isBroken()) {
      abortCommunicator();
    }
    ring.requireWhole(name);
    long comm =
        communicator.orElseThrow(
            () -> new IllegalStateException("Rank " + rank() + " has left the group: no " + name));
    if (memory.count() == 0) {
      return () -> ring.requireWhole(name);
    }
    try {
      library.useDevice(device);
      long ready = library.newEvent();
      try {
        library.record(ready, library.computeStream());
        library.await(stream, ready);
      } finally {
        library.freeEvent(ready);
      }
      work.on(comm);
      long over = library.newEvent();
      library.record(over, stream);
      return new OnStream(name, over);
    } catch (NcclException e) {
      abortCommunicator();
      throw failed(ring, name, e);
    }
  }

  /** Work on the stream, and the event behind it. */
  private final class OnStream implements Pending {
    private final String name;
    private final long over;
    private boolean finished;
    private @Nullable RuntimeException failure;

    OnStream(String name, long over) {
      this.name = name;
      this.over = over;
    }

    @Override
    public synchronized void finish() {
      if (failure != null) {
        throw failure;
      }
      if (finished) {
        return;
      }
      try {
        library.useDevice(device);
        awaitOver();
        finished = true;
        library.freeEvent(over);
      } catch (NcclException e) {
        abortCommunicator();
        failure = failed(ring, name, e);
        throw failure;
      } catch (CollectiveException e) {
        abortCommunicator();
        failure = e;
        throw failure;
      }
    }

    private void awaitOver() {
      long since = System.nanoTime();
      Naps naps = new Naps(since);
      while (!library.isOver(over)) {
        ring.requireWhole(name);
        Optional<String> error = asyncError();
        if (error.isPresent()) {
          throw new NcclException("NCCL failed in " + name + ": " + error.get(), false);
        }
        long now = System.nanoTime();
        since += naps.since(now);
        long waited = now - since;
        if (waited > timeout.toNanos()) {
          ring.abort(
              new IllegalStateException(
                  String.format(
                      Locale.ROOT, "%s wasn't over after %d ms", name, timeout.toMillis())));
        } else if (waited > SPIN_NANOS) {
          pause();
        }
      }
    }

    private void pause() {
      try {
        TimeUnit.MICROSECONDS.sleep(POLL_MICROS);
      } catch (InterruptedException e) {
        ring.abort(e);
        Thread.currentThread().interrupt();
        ring.requireWhole(name);
      }
    }
  }

  private synchronized Optional<String> asyncError() {
    return communicator.flatMap(library::asyncError);
  }

  private static RuntimeException failed(RingCollective ring, String where, NcclException e) {
    RuntimeException told =
        e.ofCuda()
            ? new UnusableProcessException(
                String.format(
                    Locale.ROOT,
                    "The GPU of rank %d failed in %s: %s",
                    ring.rank(),
                    where,
                    e.getMessage()),
                e)
            : new IllegalStateException(
                String.format(
                    Locale.ROOT,
                    "NCCL failed on rank %d in %s: %s",
                    ring.rank(),
                    where,
                    e.getMessage()),
                e);
    ring.abort(told);
    return told;
  }

  /** Ends what runs on the stream: without this a kernel waits for a dead rank for ever. */
  private synchronized void abortCommunicator() {
    communicator.ifPresent(
        comm -> {
          communicator = Optional.empty();
          try {
            library.abort(comm);
          } catch (NcclException e) {
            // The group is broken already, and the first reason is the one that counts.
          }
        });
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (ring.isBroken()) {
        abortCommunicator();
      } else {
        communicator.ifPresent(library::destroy);
        communicator = Optional.empty();
      }
      library.freeStream(stream);
    } catch (NcclException e) {
      throw failed(ring, "leaving", e);
    } finally {
      ring.close();
    }
  }
}
