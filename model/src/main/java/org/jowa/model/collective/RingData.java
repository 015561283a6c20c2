package org.jowa.model.collective;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Locale;

/**
 * A rank's two data connections: from the rank before it and to the rank after it in the ring.
 *
 * <p>One thread sends and receives at once and waits for neither alone, so that no size can lead to
 * a deadlock. What can't be sent stays in the tensor: nothing is queued but in the sockets.
 *
 * <p>An all-reduce cuts the elements into one slice for each rank. Slice {@code s} starts at rank
 * {@code s}, goes round and is added to at every rank; the last one has the sum and sends it round
 * once more. Every rank sends its own slice first and then exactly what it receives, in the same
 * order, so all of it is one stream of chunks that passes through.
 */
final class RingData implements Closeable {
  private final RingState state;
  private final RingControl control;
  private final RingOptions options;
  private final Selector selector;
  private final ByteBuffer header = HostMemory.direct(Operation.BYTES);
  private final ByteBuffer staging;
  private final SocketChannel from;
  private final SocketChannel to;
  private final SelectionKey readable;
  private final SelectionKey writable;

  /** Takes over the connections. */
  RingData(
      RingState state,
      RingControl control,
      RingOptions options,
      SocketChannel fromPrevious,
      SocketChannel toNext)
      throws IOException {
    this.state = state;
    this.control = control;
    this.options = options;
    this.staging = HostMemory.direct(options.chunkBytes());
    this.selector = Selector.open();
    from = fromPrevious;
    to = toNext;
    readable = from.register(selector, 0);
    writable = to.register(selector, 0);
  }

  /** Ends a wait for data, from whichever thread. */
  void wakeUp() {
    selector.wakeup();
  }

  /**
   * Adds up over all ranks.
   *
   * @param divisor what the sums are divided by
   */
  void allReduce(Operation operation, HostMemory memory, int divisor) {
    int ranks = state.worldSize();
    Slices slices = new Slices(memory.length(), ranks);
    Route sent = Route.backwards(slices, state.rank(), 2 * (ranks - 1), memory.type().bytes());
    Route received =
        Route.backwards(slices, state.rank() - 1, 2 * (ranks - 1), memory.type().bytes());
    long own =
        (slices.start(state.rank() + 1) - slices.start(state.rank())) * memory.type().bytes();
    RingReceiver receiver = new RingReceiver(memory, received, ranks - 1, divisor, staging.clear());
    transfer(operation, new RingSender(memory, sent, own), receiver);
  }

  /** Copies from one rank to all others, which hand it on. */
  void broadcast(Operation operation, HostMemory memory) {
    int root = operation.root();
    Route all = Route.whole(memory.bytes());
    boolean sends = (state.rank() + 1) % state.worldSize() != root;
    boolean receives = state.rank() != root;
    transfer(
        operation,
        new RingSender(memory, sends ? all : Route.NOTHING, receives ? 0 : memory.bytes()),
        new RingReceiver(memory, receives ? all : Route.NOTHING, 0, 1, staging.clear()));
  }

  private void transfer(Operation operation, RingSender sender, RingReceiver receiver) {
    StallWatch watch = new StallWatch(state, options, operation, options.timeout());
    boolean receiving = true;
    try {
      ByteBuffer ownHeader = HostMemory.direct(Operation.BYTES);
      operation.write(ownHeader);
      ownHeader.flip();
      header.clear();
      while (true) {
        state.requireWhole(operation.toString());
        receiving = true;
        int count = header.hasRemaining() ? readHeader(operation) : receiver.read(from);
        receiving = false;
        count +=
            ownHeader.hasRemaining() ? to.write(ownHeader) : sender.write(to, receiver.ready());
        boolean allSent = !ownHeader.hasRemaining() && sender.isDone();
        boolean allReceived = !header.hasRemaining() && receiver.isDone();
        if (allSent && allReceived) {
          return;
        }
        if (count > 0) {
          watch.progressed();
        } else {
          boolean hasUnsent = ownHeader.hasRemaining() || sender.hasReady(receiver.ready());
          await(!allReceived, hasUnsent, watch);
        }
      }
    } catch (ClosedByInterruptException e) {
      state.fail(new GroupFailure(state.rank(), "was interrupted in " + operation, e));
    } catch (IOException e) {
      if (!state.isBroken()) {
        explain(receiving ? previous() : next(), operation, e);
      }
    }
    state.requireWhole(operation.toString());
    throw new IllegalStateException("The group has to be broken here");
  }

  private int readHeader(Operation operation) throws IOException {
    int count = RingReceiver.requireOpen(from.read(header));
    if (!header.hasRemaining()) {
      Operation theirs = readHeader();
      if (theirs.number() != operation.number() || !theirs.terms().equals(operation.terms())) {
        state.disagree(previous(), theirs.toString());
        state.requireWhole(operation.toString());
      }
    }
    return count;
  }

  private Operation readHeader() throws IOException {
    try {
      return Operation.read(header.duplicate().order(header.order()).flip());
    } catch (IllegalArgumentException e) {
      throw new IOException("what it sent is no operation", e);
    }
  }

  private void await(boolean read, boolean write, StallWatch watch) throws IOException {
    readable.interestOps(read ? SelectionKey.OP_READ : 0);
    writable.interestOps(write ? SelectionKey.OP_WRITE : 0);
    selector.select(watch.millis());
    selector.selectedKeys().clear();
    watch.check(read ? previous() : next());
  }

  /** A data connection ends when a process does: the control connections mostly know more. */
  private void explain(int peer, Operation operation, IOException e) {
    control.suspect(
        new GroupFailure(
            peer,
            String.format(
                Locale.ROOT,
                "is lost to rank %d: its data connection broke in %s: %s",
                state.rank(),
                operation,
                e.getMessage())));
    try {
      state.awaitFailure(RingControl.grace().multipliedBy(4));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    state.fail(
        new GroupFailure(
            peer, "is lost to rank " + state.rank() + ": its data connection broke", e));
  }

  private int previous() {
    return (state.rank() + state.worldSize() - 1) % state.worldSize();
  }

  private int next() {
    return (state.rank() + 1) % state.worldSize();
  }

  @Override
  public void close() {
    RingControl.quietlyClose(from);
    RingControl.quietlyClose(to);
    RingControl.quietlyClose(selector);
  }
}
