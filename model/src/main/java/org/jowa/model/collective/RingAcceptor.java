package org.jowa.model.collective;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jowa.error.Reason;
import org.jowa.model.collective.Handshake.Greeting;
import org.jspecify.annotations.Nullable;

/**
 * Lets members in and keeps strangers out while a ring forms. One daemon thread serves all
 * connections without ever waiting for one of them, so that a stranger who says nothing, or too
 * much, holds up nobody.
 */
final class RingAcceptor implements AutoCloseable {
  /** Gets the connections of members. */
  @FunctionalInterface
  interface Members {
    void accepted(Greeting greeting, SocketChannel channel);
  }

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** A flood of strangers must flood neither the memory nor the log. */
  private static final int MOST_GUESTS = 1024;

  private static final int MOST_WARNINGS = 50;

  /** What a guest said first, and what its proof has to be made of. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Challenge(Greeting greeting, byte[] nonce) {}

  /** A connection that has yet to prove that it is a member's. */
  private static final class Guest {
    private final SocketChannel channel;
    private final String address;
    private final long since = System.nanoTime();
    private ByteBuffer expected = ByteBuffer.allocate(Handshake.GREETING_BYTES);
    private ByteBuffer reply = ByteBuffer.allocate(0);
    private @Nullable Challenge challenge;

    /** Set once it has proved to be a member. */
    private @Nullable Greeting admitted;

    Guest(SocketChannel channel, String address) {
      this.channel = channel;
      this.address = address;
    }
  }

  private final int rank;
  private final int worldSize;
  private final Handshake handshake;
  private final ServerSocketChannel listener;
  private final Selector selector;
  private final Members members;
  private final Consumer<String> warnings;
  private final Thread thread;
  private final List<Guest> guests = new ArrayList<>();
  private int warned;
  private volatile boolean closing;

  RingAcceptor(
      int rank,
      int worldSize,
      Handshake handshake,
      ServerSocketChannel listener,
      Members members,
      Consumer<String> warnings)
      throws IOException {
    this.rank = rank;
    this.worldSize = worldSize;
    this.handshake = handshake;
    this.listener = listener;
    this.members = members;
    this.warnings = warnings;
    this.selector = Selector.open();
    listener.configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
    thread = new Thread(this::run, "jowa-ring-listener-" + rank);
    thread.setDaemon(true);
    thread.start();
  }

  /** Stops listening for good. */
  @Override
  public void close() {
    closing = true;
    selector.wakeup();
    RingControl.join(thread);
  }

  private void run() {
    try {
      while (!closing) {
        selector.select(this::ready, guests.isEmpty() ? 0 : PATIENCE.toMillis() / 10);
        refuseTheSilent();
      }
    } catch (IOException e) {
      warnings.accept("Rank " + rank + " can't let others in any more: " + e);
    } finally {
      guests.forEach(guest -> RingControl.quietlyClose(guest.channel));
      RingControl.quietlyClose(listener);
      RingControl.quietlyClose(selector);
    }
  }

  private void ready(SelectionKey key) {
    if (!key.isValid()) {
      return;
    }
    if (key.isAcceptable()) {
      accept();
    } else {
      advance((Guest) key.attachment(), key);
    }
  }

  private void accept() {
    SocketChannel channel = null;
    try {
      channel = listener.accept();
      if (channel == null) {
        return;
      }
      Guest guest = new Guest(channel, String.valueOf(channel.getRemoteAddress()));
      if (guests.size() >= MOST_GUESTS) {
        refuse(guest, "too many connections wait to be let in");
        return;
      }
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.register(selector, SelectionKey.OP_READ, guest);
      guests.add(guest);
    } catch (IOException e) {
      // The guest went away already, or no more files may be open: the next round tries again.
      RingControl.quietlyClose(channel);
    }
  }

  private void advance(Guest guest, SelectionKey key) {
    try {
      if (guest.reply.hasRemaining()) {
        guest.channel.write(guest.reply);
      } else if (guest.channel.read(guest.expected) < 0) {
        refuse(guest, "it went away before it proved to be a member");
        return;
      } else if (guest.challenge == null && !Handshake.mayBeGreeting(guest.expected)) {
        refuse(guest, "what it sent is no greeting of a rank");
        return;
      } else if (!guest.expected.hasRemaining()) {
        answer(guest);
      }
      if (guest.channel.isOpen()) {
        continueWith(guest, key);
      }
    } catch (IOException e) {
      refuse(guest, "its connection broke: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      refuse(guest, Reason.of(e));
    }
  }

  private void answer(Guest guest) throws IOException {
    ByteBuffer received = guest.expected.flip();
    Challenge challenge = guest.challenge;
    if (challenge == null) {
      Greeting greeting = Handshake.readGreeting(received);
      byte[] nonce = Handshake.nonce();
      guest.challenge = new Challenge(greeting, nonce);
      guest.reply =
          ByteBuffer.allocate(Handshake.CHALLENGE_BYTES)
              .put(nonce)
              .put(handshake.listenerProof(greeting, nonce))
              .flip();
      guest.expected = ByteBuffer.allocate(Handshake.MAC_BYTES);
    } else {
      if (!Handshake.equal(
          handshake.connectorProof(challenge.greeting(), challenge.nonce()), received.array())) {
        throw new IllegalArgumentException("it doesn't know the secret of this attempt");
      }
      requirePlace(challenge.greeting());
      guest.admitted = challenge.greeting();
      guest.reply = ByteBuffer.allocate(1).put(Handshake.WELCOME).flip();
    }
    guest.channel.write(guest.reply);
  }

  private void requirePlace(Greeting greeting) {
    int from = greeting.from();
    if (from < 0 || from >= worldSize || from == rank || greeting.to() != rank) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "it came as rank %d to rank %d, but this is rank %d of %d: all ranks need the same"
                  + " list of addresses",
              from,
              greeting.to(),
              rank,
              worldSize));
    }
    if (greeting.purpose() == Handshake.Purpose.DATA && (from + 1) % worldSize != rank) {
      throw new IllegalArgumentException("rank " + from + " isn't before rank " + rank);
    }
  }

  private void continueWith(Guest guest, SelectionKey key) {
    Greeting admitted = guest.admitted;
    if (guest.reply.hasRemaining()) {
      key.interestOps(SelectionKey.OP_WRITE);
    } else if (admitted != null) {
      guests.remove(guest);
      key.cancel();
      members.accepted(admitted, guest.channel);
    } else {
      key.interestOps(SelectionKey.OP_READ);
    }
  }

  private void refuseTheSilent() {
    long now = System.nanoTime();
    for (Guest guest : List.copyOf(guests)) {
      if (now - guest.since > PATIENCE.toNanos()) {
        refuse(guest, "it didn't prove to be a member within " + PATIENCE.toSeconds() + " seconds");
      }
    }
  }

  private void refuse(Guest guest, String reason) {
    guests.remove(guest);
    warned++;
    if (warned <= MOST_WARNINGS) {
      warnings.accept(
          String.format(
              Locale.ROOT,
              "Rank %d refused a connection from %s: %s%s",
              rank,
              guest.address,
              reason,
              warned == MOST_WARNINGS ? " (no more refusals are reported)" : ""));
    }
    // Last, so that whoever sees it happen finds the reason in the log.
    RingControl.quietlyClose(guest.channel);
  }
}
