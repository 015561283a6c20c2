package org.jowa.model.collective;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jowa.error.Reason;
import org.jowa.model.collective.Handshake.Greeting;
import org.jowa.model.collective.Handshake.Purpose;
import org.jspecify.annotations.Nullable;

/** Brings a rank into its ring: connects it with every other rank, both ways, and waits for all. */
final class RingFormation {
  private final int rank;
  private final int worldSize;
  private final List<InetSocketAddress> addresses;
  private final List<String> names;
  private final Handshake handshake;
  private final RingOptions options;
  private final RingState state;
  private final boolean[] reached;
  private final boolean[] cameIn;
  private @Nullable SocketChannel toNext;
  private @Nullable SocketChannel fromPrevious;
  private boolean over;

  RingFormation(
      int rank,
      List<InetSocketAddress> addresses,
      List<String> names,
      Handshake handshake,
      RingOptions options) {
    this.rank = rank;
    this.worldSize = addresses.size();
    this.addresses = addresses;
    this.names = names;
    this.handshake = handshake;
    this.options = options;
    this.state = new RingState(rank, worldSize);
    this.reached = new boolean[worldSize];
    this.cameIn = new boolean[worldSize];
  }

  Collective form(ServerSocketChannel listener) throws IOException {
    RingControl control = new RingControl(state, options);
    List<Thread> connecting = new ArrayList<>();
    boolean formed = false;
    try {
      state.onFailure(control::tellFailure);
      Operation joining = Operation.barrier(0);
      try (RingAcceptor acceptor =
          new RingAcceptor(
              rank,
              worldSize,
              handshake,
              listener,
              (greeting, channel) -> accepted(control, greeting, channel),
              options.warnings())) {
        connectToAll(control, connecting);
        awaitConnections();
        state.begin(joining);
        control.tellStatus();
        awaitAll(joining);
        state.end(joining);
      }
      Collective collective = new RingCollective(state, control, data(control), options);
      formed = true;
      return collective;
    } finally {
      connecting.forEach(Thread::interrupt);
      if (!formed) {
        giveUp(control);
      }
    }
  }

  /** Nothing in a ring of one. */
  private Optional<RingData> data(RingControl control) throws IOException {
    if (worldSize == 1) {
      return Optional.empty();
    }
    RingData data =
        new RingData(state, control, options, requireNonNull(fromPrevious), requireNonNull(toNext));
    state.onFailure(
        () -> {
          control.tellFailure();
          data.wakeUp();
        });
    return Optional.of(data);
  }

  private void connectToAll(RingControl control, List<Thread> connecting) {
    RingConnector connector = new RingConnector(rank, handshake, options.connectTimeout());
    for (int peer = 0; peer < worldSize; peer++) {
      if (peer != rank) {
        int to = peer;
        Thread thread =
            new Thread(
                () -> connect(control, connector, to), "jowa-ring-connect-" + rank + "-" + to);
        thread.setDaemon(true);
        connecting.add(thread);
        thread.start();
      }
    }
  }

  private void connect(RingControl control, RingConnector connector, int peer) {
    try {
      if (peer == (rank + 1) % worldSize) {
        dataTo(connector.connect(peer, addresses.get(peer), Purpose.DATA));
      }
      SocketChannel channel = connector.connect(peer, addresses.get(peer), Purpose.CONTROL);
      control.outgoing(peer, channel);
      synchronized (state) {
        reached[peer] = true;
        state.notifyAll();
      }
    } catch (IOException e) {
      state.fail(
          new GroupFailure(
              peer,
              String.format(
                  Locale.ROOT,
                  "can't be reached at %s by rank %d within %d s: %s",
                  names.get(peer),
                  rank,
                  options.connectTimeout().toSeconds(),
                  Reason.of(e)),
              e));
    } catch (InterruptedException e) {
      // The formation is over.
    }
  }

  private void dataTo(SocketChannel channel) {
    synchronized (state) {
      if (over) {
        RingControl.quietlyClose(channel);
        return;
      }
      toNext = channel;
    }
  }

  private void accepted(RingControl control, Greeting greeting, SocketChannel channel) {
    if (greeting.purpose() == Purpose.CONTROL) {
      control.incoming(greeting.from(), channel);
    }
    synchronized (state) {
      if (greeting.purpose() == Purpose.CONTROL) {
        cameIn[greeting.from()] = true;
      } else {
        // A rank that wasn't answered in time comes again.
        RingControl.quietlyClose(fromPrevious);
        fromPrevious = channel;
      }
      state.notifyAll();
    }
  }

  private void awaitConnections() {
    long deadline = System.nanoTime() + options.connectTimeout().toNanos();
    synchronized (state) {
      while (!connected()) {
        state.requireWhole("joining the ring");
        long nanos = deadline - System.nanoTime();
        if (nanos <= 0) {
          state.fail(notCome());
        } else {
          pause(nanos / 1_000_000 + 1);
        }
      }
      over = true;
    }
    state.requireWhole("joining the ring");
  }

  private void pause(long millis) {
    try {
      state.wait(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      state.fail(new GroupFailure(rank, "was interrupted while it joined the ring", e));
    }
  }

  private boolean connected() {
    for (int peer = 0; peer < worldSize; peer++) {
      if (peer != rank && (!reached[peer] || !cameIn[peer])) {
        return false;
      }
    }
    return worldSize == 1 || (toNext != null && fromPrevious != null);
  }

  private GroupFailure notCome() {
    for (int peer = 0; peer < worldSize; peer++) {
      if (peer != rank && (!reached[peer] || !cameIn[peer])) {
        return new GroupFailure(
            peer,
            String.format(
                Locale.ROOT,
                "at %s %s rank %d within %d s",
                names.get(peer),
                reached[peer] ? "did not connect to" : "can't be reached by",
                rank,
                options.connectTimeout().toSeconds()));
      }
    }
    return new GroupFailure((rank + worldSize - 1) % worldSize, "did not connect to rank " + rank);
  }

  private void awaitAll(Operation joining) {
    StallWatch watch = new StallWatch(state, options, joining, options.connectTimeout());
    RingBarrier.await(state, joining, watch);
  }

  private void giveUp(RingControl control) {
    synchronized (state) {
      over = true;
      RingControl.quietlyClose(toNext);
      RingControl.quietlyClose(fromPrevious);
    }
    state.fail(new GroupFailure(rank, "gave up joining the ring"));
    state.leave();
    control.close();
  }
}
