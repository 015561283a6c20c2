package org.jowa.model.collective;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;

/** A rank that is connected with the others over TCP. */
final class RingCollective implements Collective {
  private static final Duration NEWS_OF_FAILURE = Duration.ofSeconds(1);

  private final RingState state;
  private final RingControl control;
  private final Optional<RingData> data;
  private final RingOptions options;
  private final OperationQueue operations;
  private boolean closed;

  RingCollective(
      RingState state, RingControl control, Optional<RingData> data, RingOptions options) {
    this.state = state;
    this.control = control;
    this.data = data;
    this.options = options;
    this.operations =
        new OperationQueue(
            "jowa-ring-data-" + state.rank(),
            () -> state.fail(new GroupFailure(state.rank(), "was interrupted while it waited")));
  }

  @Override
  public int rank() {
    return state.rank();
  }

  @Override
  public int worldSize() {
    return state.worldSize();
  }

  /** How long an operation may wait. */
  Duration timeout() {
    return options.timeout();
  }

  boolean isBroken() {
    return state.isBroken();
  }

  Optional<GroupFailure> failure() {
    return state.failure();
  }

  /**
   * @throws CollectiveException if the group is broken
   */
  void requireWhole(String operation) {
    state.requireWhole(operation);
  }

  @Override
  public void allReduceSum(Tensor tensor) {
    HostMemory memory = memory(tensor);
    operations.run(() -> sum(memory));
  }

  @Override
  public Pending startAllReduceSum(Tensor tensor) {
    HostMemory memory = memory(tensor);
    return operations.start(() -> sum(memory));
  }

  @Override
  public void allReduceSum(double[] values) {
    HostMemory memory = HostMemory.of(values);
    operations.run(() -> sum(memory));
    memory.copyTo(values);
  }

  private void sum(HostMemory memory) {
    run(
        Operation.of(number(), Operation.Kind.SUM, 0, memory),
        operation -> data().allReduce(operation, memory, 1));
  }

  @Override
  public void allReduceMean(Tensor tensor) {
    HostMemory memory = memory(tensor);
    operations.run(
        () ->
            run(
                Operation.of(number(), Operation.Kind.MEAN, 0, memory),
                operation -> data().allReduce(operation, memory, worldSize())));
  }

  @Override
  public void broadcast(Tensor tensor, int root) {
    HostMemory memory = memory(tensor);
    if (root < 0 || root >= worldSize()) {
      throw abortedBy(
          new IllegalArgumentException(
              "Root has to be a rank from 0 to " + (worldSize() - 1) + ", found " + root));
    }
    operations.run(
        () ->
            run(
                Operation.of(number(), Operation.Kind.BROADCAST, root, memory),
                operation -> data().broadcast(operation, memory)));
  }

  @Override
  public void barrier() {
    barrier(options.timeout());
  }

  @Override
  public void barrier(Duration timeout) {
    operations.run(
        () ->
            run(
                Operation.barrier(number()),
                barrier -> {
                  control.tellStatus();
                  RingBarrier.await(
                      state, barrier, new StallWatch(state, options, barrier, timeout));
                }));
  }

  private RingData data() {
    return data.orElseThrow();
  }

  /** Operations run one after the other, so numbers need no lock. */
  private long number() {
    return state.own().begun() + 1;
  }

  private void run(Operation operation, Consumer<Operation> work) {
    state.begin(operation);
    try {
      if (worldSize() > 1) {
        work.accept(operation);
      }
    } finally {
      state.end(operation);
    }
  }

  @Override
  public void at(String where) {
    state.at(where);
  }

  @Override
  public void abort(Throwable cause) {
    state.fail(new GroupFailure(rank(), "failed: " + cause, cause));
    try {
      // A process that has told may exit.
      state.awaitFailureKnown(NEWS_OF_FAILURE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    state.leave();
    operations.close();
    control.close();
    data.ifPresent(RingData::close);
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
}
