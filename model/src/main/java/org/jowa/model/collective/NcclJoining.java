package org.jowa.model.collective;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jowa.model.collective.NcclLibrary.NcclException;

/** How the ranks of a ring form NCCL's communicator: the ring carries the unique id. */
final class NcclJoining {
  private NcclJoining() {}

  /**
   * @param device number of this rank's GPU
   * @return the communicator
   * @throws NcclException if NCCL or CUDA failed on this rank
   * @throws CollectiveException if another rank failed before NCCL was called
   * @throws UnusableProcessException if NCCL never came back
   */
  static long join(RingCollective ring, NcclLibrary library, int device) {
    return init(ring, library, device, shareUniqueId(ring, library));
  }

  /** Rank 0's id, as a sum in which all others bring zeros. */
  private static byte[] shareUniqueId(RingCollective ring, NcclLibrary library) {
    double[] length = {0};
    byte[] own = ring.rank() == 0 ? library.newUniqueId() : new byte[0];
    length[0] = own.length;
    ring.allReduceSum(length);
    double[] values = new double[(int) length[0]];
    for (int i = 0; i < own.length; i++) {
      values[i] = own[i];
    }
    ring.allReduceSum(values);
    byte[] id = new byte[values.length];
    for (int i = 0; i < id.length; i++) {
      id[i] = (byte) values[i];
    }
    return id;
  }

  /** NCCL waits without end for a rank that died, so the wait is here. */
  private static long init(RingCollective ring, NcclLibrary library, int device, byte[] id) {
    CompletableFuture<Long> joining = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                library.useDevice(device);
                joining.complete(library.init(ring.worldSize(), id, ring.rank()));
              } catch (Throwable e) {
                joining.completeExceptionally(e);
              }
            },
            "jowa-nccl-init-" + ring.rank());
    thread.setDaemon(true);
    thread.start();
    long deadline = System.nanoTime() + ring.timeout().toNanos();
    while (true) {
      try {
        return joining.get(10, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (ring.isBroken() || System.nanoTime() > deadline) {
          throw abandoned(ring);
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof NcclException failure) {
          throw failure;
        }
        ring.abort(requireNonNull(e.getCause()));
        throw new IllegalStateException("NCCL can't start", e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        ring.abort(e);
        throw abandoned(ring);
      }
    }
  }

  private static UnusableProcessException abandoned(RingCollective ring) {
    UnusableProcessException unusable =
        new UnusableProcessException(
            "NCCL on rank "
                + ring.rank()
                + " still waits for ranks that don't come"
                + ring.failure()
                    .map(failure -> ": rank " + failure.rank() + " " + failure.message())
                    .orElse(""),
            null);
    ring.abort(unusable);
    return unusable;
  }
}
