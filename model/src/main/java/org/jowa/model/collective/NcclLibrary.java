package org.jowa.model.collective;

import java.util.Optional;

/**
 * The calls of NCCL and of the CUDA runtime that {@link NcclCollective} makes; handles are native
 * addresses. Thin, so that the order of the calls can be tested where there is no GPU.
 */
interface NcclLibrary {
  /** Element types that NCCL carries here. */
  enum Type {
    FLOAT32,
    BFLOAT16
  }

  /** How elements of all ranks become one. */
  enum Reduction {
    SUM,
    MEAN
  }

  /**
   * A call failed.
   *
   * <p>After an error of CUDA every later call of the process may fail, too.
   */
  final class NcclException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean ofCuda;

    NcclException(String message, boolean ofCuda) {
      super(message);
      this.ofCuda = ofCuda;
    }

    boolean ofCuda() {
      return ofCuda;
    }
  }

  /** Makes a GPU the current one of the calling thread: CUDA keeps it per thread. */
  void useDevice(int device);

  /** What identifies a new communicator; made by one rank, for all. */
  byte[] newUniqueId();

  /** Joins a communicator; returns when all ranks have. */
  long init(int worldSize, byte[] uniqueId, int rank);

  /** Has the stream reduce {@code count} elements at {@code memory} in place. */
  void allReduce(long memory, long count, Type type, Reduction reduction, long comm, long stream);

  /** Has the stream copy {@code count} elements at {@code memory} of the root to all others. */
  void broadcast(long memory, long count, Type type, int root, long comm, long stream);

  /** What went wrong in the background since the communicator was made, if anything. */
  Optional<String> asyncError(long comm);

  /** Ends a communicator at once, with whatever runs on it. */
  void abort(long comm);

  /** Ends a communicator on which nothing runs. */
  void destroy(long comm);

  /** A stream that doesn't wait for the default stream. */
  long newStream();

  void freeStream(long stream);

  /** The stream that torch's operators of this thread run on. */
  long computeStream();

  long newEvent();

  void freeEvent(long event);

  /** Marks the end of what the stream has been given so far. */
  void record(long event, long stream);

  /** Lets the stream go on only after the event. */
  void await(long stream, long event);

  /** Whether what the event marks is over. */
  boolean isOver(long event);
}
