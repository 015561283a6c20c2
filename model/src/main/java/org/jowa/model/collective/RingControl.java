package org.jowa.model.collective;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * How ranks learn of each other beside the data: one connection from every rank to every other, on
 * which only that rank talks. One daemon thread a rank sends signs of life, carries news of
 * failures to all and notices who has gone or fallen silent, whatever the rank's own threads do.
 */
final class RingControl implements AutoCloseable {
  /** A broken connection may be the consequence of a failure whose news are on their way. */
  private static final Duration GRACE = Duration.ofMillis(500);

  private static final Duration FAREWELL = Duration.ofSeconds(1);

  /** Both connections between this rank and a peer. Used by the thread alone. */
  private static final class Link {
    private final int peer;
    private final Queue<ByteBuffer> unsent = new ArrayDeque<>();
    private final ByteBuffer received = ByteBuffer.allocate(ControlMessage.LARGEST + Integer.BYTES);
    private @Nullable SocketChannel out;
    private @Nullable SocketChannel in;

    Link(int peer) {
      this.peer = peer;
    }
  }

  private record Suspicion(GroupFailure failure, long since) {}

  private final RingState state;
  private final Link[] links;
  private final Selector selector;
  private final Thread thread;
  private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
  private final long intervalNanos;
  private final long silenceNanos;
  private Optional<Suspicion> suspicion = Optional.empty();
  private long nextHeartbeat = System.nanoTime();
  private long lastRound = System.nanoTime();
  private volatile boolean closing;

  RingControl(RingState state, RingOptions options) throws IOException {
    this.state = state;
    this.intervalNanos = options.interval().toNanos();
    this.silenceNanos = options.silence().toNanos();
    this.links = new Link[state.worldSize()];
    for (int peer = 0; peer < links.length; peer++) {
      links[peer] = new Link(peer);
    }
    this.selector = Selector.open();
    this.thread = new Thread(this::run, "jowa-ring-control-" + state.rank());
    thread.setDaemon(true);
    thread.start();
  }

  /** Takes over a connection on which this rank talks to a peer. */
  void outgoing(int peer, SocketChannel channel) {
    command(
        () -> {
          Link link = links[peer];
          quietlyClose(link.out);
          link.unsent.clear();
          link.out = channel;
          register(channel, 0, link);
          send(link, state.own().frame());
          state.failure().ifPresent(failure -> send(link, abort(failure)));
        });
  }

  /** Takes over a connection on which a peer talks to this rank. */
  void incoming(int peer, SocketChannel channel) {
    command(
        () -> {
          Link link = links[peer];
          quietlyClose(link.in);
          link.received.clear();
          link.in = channel;
          state.alive(peer);
          register(channel, SelectionKey.OP_READ, link);
        });
  }

  /** Tells all peers where this rank is, now. */
  void tellStatus() {
    command(() -> broadcast(state.own()));
  }

  /** Tells all peers that the group is broken. */
  void tellFailure() {
    command(() -> state.failure().ifPresent(failure -> broadcast(abort(failure))));
  }

  /**
   * A data connection ended. Unless news of the reason arrive at once, the peer is to blame.
   *
   * @param failure what is said then
   */
  void suspect(GroupFailure failure) {
    command(
        () -> {
          if (suspicion.isEmpty()) {
            suspicion = Optional.of(new Suspicion(failure, System.nanoTime()));
          }
        });
  }

  /** How long a suspicion waits for a better explanation. */
  static Duration grace() {
    return GRACE;
  }

  /** Says farewell to all peers and ends the connections. */
  @Override
  public void close() {
    if (closing) {
      return;
    }
    closing = true;
    selector.wakeup();
    join(thread);
  }

  private void command(Runnable command) {
    commands.add(command);
    selector.wakeup();
  }

  private void run() {
    try {
      while (!closing) {
        round();
      }
      farewell();
    } catch (IOException | RuntimeException e) {
      state.fail(new GroupFailure(state.rank(), "lost its control connections: " + e, e));
    } finally {
      for (Link link : links) {
        quietlyClose(link.out);
        quietlyClose(link.in);
      }
      // Connections that came too late to be taken over are closed by the commands' registration.
      runCommands();
      quietlyClose(selector);
    }
  }

  private void round() throws IOException {
    long now = System.nanoTime();
    long next = nextHeartbeat;
    if (suspicion.isPresent()) {
      next = Math.min(next, suspicion.get().since() + GRACE.toNanos());
    }
    selector.select(key -> ready(key), Math.max(1, (next - now) / 1_000_000 + 1));
    runCommands();
    now = System.nanoTime();
    if (now >= nextHeartbeat) {
      ByteBuffer status = state.own().frame();
      for (Link link : links) {
        if (link.unsent.isEmpty()) {
          send(link, status.duplicate());
        }
      }
      nextHeartbeat = now + intervalNanos;
      failSilentPeers(now);
    }
    if (suspicion.isPresent() && now - suspicion.get().since() >= GRACE.toNanos()) {
      GroupFailure failure = suspicion.get().failure();
      suspicion = Optional.empty();
      if (!state.hasLeft(failure.rank())) {
        state.fail(failure);
      }
    }
  }

  private void failSilentPeers(long now) {
    // After a pause of this process itself, signs of life have yet to be read.
    boolean paused = now - lastRound > silenceNanos / 2;
    lastRound = now;
    if (paused) {
      for (Link link : links) {
        state.alive(link.peer);
      }
      return;
    }
    List<Integer> silent = state.silent(silenceNanos);
    for (int peer : silent) {
      if (links[peer].in != null) {
        state.fail(
            new GroupFailure(
                peer,
                String.format(
                    Locale.ROOT,
                    "gave no sign of life for %d ms: its process is stopped, or its machine or"
                        + " network is down (%s)",
                    silenceNanos / 1_000_000,
                    state.describe(peer))));
      }
    }
  }

  private void runCommands() {
    for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
      command.run();
    }
  }

  private void register(SocketChannel channel, int operations, Link link) {
    try {
      channel.register(selector, operations, link);
    } catch (IOException | RuntimeException e) {
      quietlyClose(channel);
    }
  }

  private void ready(SelectionKey key) {
    Link link = (Link) key.attachment();
    if (!key.isValid()) {
      return;
    }
    SocketChannel channel = (SocketChannel) key.channel();
    if (channel == link.in) {
      receive(link, channel);
    } else {
      flush(link, channel);
    }
  }

  private void receive(Link link, SocketChannel in) {
    try {
      int count = in.read(link.received);
      while (count > 0) {
        state.alive(link.peer);
        link.received.flip();
        for (Optional<ControlMessage> message = ControlMessage.next(link.received);
            message.isPresent();
            message = ControlMessage.next(link.received)) {
          handle(link, message.get());
        }
        link.received.compact();
        count = in.read(link.received);
      }
      if (count < 0) {
        lost(link, "its control connection ended");
      }
    } catch (IOException e) {
      lost(link, "its control connection broke: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      lost(link, "its control connection brought what no rank sends: " + e.getMessage());
    }
  }

  private void handle(Link link, ControlMessage message) {
    if (message instanceof ControlMessage.Status status) {
      state.received(link.peer, status);
    } else if (message instanceof ControlMessage.Abort abort) {
      state.knowsOfFailure(link.peer);
      state.fail(new GroupFailure(abort.rank(), abort.message()));
      send(link, new ControlMessage.Heard().frame());
    } else if (message instanceof ControlMessage.Heard) {
      state.knowsOfFailure(link.peer);
    } else if (message instanceof ControlMessage.Farewell farewell) {
      state.left(link.peer, farewell.last());
    }
  }

  private void lost(Link link, String how) {
    quietlyClose(link.in);
    link.in = null;
    boolean expected = state.hasLeft(link.peer);
    String seen = state.describe(link.peer);
    state.gone(link.peer);
    if (!expected) {
      state.fail(
          new GroupFailure(
              link.peer,
              String.format(
                  Locale.ROOT,
                  "is lost to rank %d: %s; its process died or the network was cut (%s)",
                  state.rank(),
                  how,
                  seen)));
    }
  }

  private static ControlMessage abort(GroupFailure failure) {
    return new ControlMessage.Abort(failure.rank(), failure.message());
  }

  private void broadcast(ControlMessage message) {
    ByteBuffer frame = message.frame();
    for (Link link : links) {
      send(link, frame.duplicate());
    }
  }

  private void send(Link link, ControlMessage message) {
    send(link, message.frame());
  }

  private void send(Link link, ByteBuffer frame) {
    SocketChannel out = link.out;
    if (out != null) {
      link.unsent.add(frame);
      flush(link, out);
    }
  }

  private void flush(Link link, SocketChannel out) {
    try {
      while (!link.unsent.isEmpty()) {
        out.write(link.unsent.peek());
        if (link.unsent.peek().hasRemaining()) {
          break;
        }
        link.unsent.remove();
      }
      SelectionKey key = out.keyFor(selector);
      if (key != null && key.isValid()) {
        key.interestOps(link.unsent.isEmpty() ? 0 : SelectionKey.OP_WRITE);
      }
    } catch (IOException e) {
      quietlyClose(out);
      link.out = null;
      link.unsent.clear();
      if (!state.hasLeft(link.peer)) {
        // Mostly the peer is gone, and the other connection tells how.
        suspicion =
            suspicion.or(
                () ->
                    Optional.of(
                        new Suspicion(
                            new GroupFailure(
                                link.peer,
                                String.format(
                                    Locale.ROOT,
                                    "can't be reached by rank %d any more: %s",
                                    state.rank(),
                                    e.getMessage())),
                            System.nanoTime())));
      }
    }
  }

  private void farewell() throws IOException {
    runCommands();
    broadcast(new ControlMessage.Farewell(state.own()));
    long deadline = System.nanoTime() + FAREWELL.toNanos();
    while (hasUnsent() && System.nanoTime() < deadline) {
      selector.select(key -> ready(key), 50);
    }
  }

  private boolean hasUnsent() {
    for (Link link : links) {
      if (link.out != null && !link.unsent.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /** Waits for a thread that will end soon, though the caller be interrupted meanwhile. */
  static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  static void quietlyClose(@Nullable Closeable closeable) {
    if (closeable != null) {
      try {
        closeable.close();
      } catch (IOException e) {
        // It is given up anyway.
      }
    }
  }
}
