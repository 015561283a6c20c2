package org.jowa.model.collective;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.jowa.model.collective.Handshake.Greeting;
import org.jowa.model.collective.Handshake.Purpose;

/** Connects a rank to the listeners of others. */
final class RingConnector {
  private static final long PAUSE_MILLIS = 100;
  private static final int LONGEST_TRY_MILLIS = 5_000;

  /** A listener of another group, or of no group at all: trying again doesn't help. */
  static final class WrongDoorException extends IOException {
    private static final long serialVersionUID = 1L;

    WrongDoorException(String message) {
      super(message);
    }
  }

  private final int rank;
  private final Handshake handshake;
  private final Duration timeout;

  RingConnector(int rank, Handshake handshake, Duration timeout) {
    this.rank = rank;
    this.handshake = handshake;
    this.timeout = timeout;
  }

  /**
   * Connects to a rank, trying again until the time is over.
   *
   * @throws IOException with the last reason
   */
  SocketChannel connect(int peer, InetSocketAddress address, Purpose purpose)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      try {
        return tryOnce(
            new Greeting(rank, peer, purpose, Handshake.nonce()),
            address,
            (int) Math.max(1, Math.min(left, LONGEST_TRY_MILLIS)));
      } catch (WrongDoorException e) {
        throw e;
      } catch (IOException e) {
        if (System.nanoTime() + PAUSE_MILLIS * 1_000_000 >= deadline) {
          throw e;
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    }
  }

  private SocketChannel tryOnce(Greeting greeting, InetSocketAddress address, int millis)
      throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.socket().connect(address, millis);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.socket().setSoTimeout(millis);
      DataInputStream in = new DataInputStream(channel.socket().getInputStream());
      write(channel, Handshake.write(greeting));
      byte[] nonce = new byte[Handshake.NONCE_BYTES];
      byte[] proof = new byte[Handshake.MAC_BYTES];
      in.readFully(nonce);
      in.readFully(proof);
      // Before looking at the other's proof, so that the other can say why it refuses this rank.
      write(channel, ByteBuffer.wrap(handshake.connectorProof(greeting, nonce)));
      if (!Handshake.equal(handshake.listenerProof(greeting, nonce), proof)) {
        throw new WrongDoorException("who listens there doesn't know the secret of this attempt");
      }
      requireWelcome(in);
      channel.configureBlocking(false);
      return channel;
    } catch (IOException | RuntimeException e) {
      RingControl.quietlyClose(channel);
      throw e;
    }
  }

  private static void requireWelcome(DataInputStream in) throws IOException {
    try {
      if (in.readByte() == Handshake.WELCOME) {
        return;
      }
    } catch (EOFException e) {
      // The same as another answer.
    }
    throw new WrongDoorException("who listens there refuses this rank, and logged why");
  }

  private static void write(SocketChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
