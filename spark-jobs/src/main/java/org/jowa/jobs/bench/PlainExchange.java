package org.jowa.jobs.bench;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;

/**
 * Two processes that copy bytes to each other at the same time, over a plain socket for each
 * direction and with a thread for each: what the machine's loopback gives to a program that does
 * nothing else.
 */
final class PlainExchange implements Closeable {
  private static final int CHUNK = 256 << 10;

  private final SocketChannel in;
  private final SocketChannel out;
  private final ByteBuffer received = ByteBuffer.allocateDirect(CHUNK);
  private final ByteBuffer sent = ByteBuffer.allocateDirect(CHUNK);

  private PlainExchange(SocketChannel in, SocketChannel out) {
    this.in = in;
    this.out = out;
  }

  static ServerSocketChannel listen() throws IOException {
    return ServerSocketChannel.open()
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  static PlainExchange accept(ServerSocketChannel door) throws IOException {
    return new PlainExchange(door.accept(), door.accept());
  }

  static PlainExchange connect(int port) throws IOException {
    InetSocketAddress door = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    SocketChannel out = SocketChannel.open(door);
    return new PlainExchange(SocketChannel.open(door), out);
  }

  /** Sends and receives so many bytes. */
  void exchange(long bytes) {
    CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> send(bytes));
    try {
      for (long left = bytes; left > 0; ) {
        received.clear().limit((int) Math.min(CHUNK, left));
        int count = in.read(received);
        if (count < 0) {
          throw new EOFException("The other process ended");
        }
        left -= count;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sending.join();
  }

  private void send(long bytes) {
    try {
      for (long left = bytes; left > 0; ) {
        sent.clear().limit((int) Math.min(CHUNK, left));
        left -= out.write(sent);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
    out.close();
  }
}
