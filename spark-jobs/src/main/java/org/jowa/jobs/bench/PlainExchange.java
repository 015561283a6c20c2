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
 * Two processes that copy their memory to each other at the same time, over a plain socket for each
 * direction and with a thread for each: what the machine's loopback gives to a program that does
 * nothing else. The memory is as large as the gradients, so that it doesn't lie in a cache.
 */
final class PlainExchange implements Closeable {
  private final SocketChannel in;
  private final SocketChannel out;
  private final ByteBuffer received;
  private final ByteBuffer sent;

  private PlainExchange(SocketChannel in, SocketChannel out, int bytes) {
    this.in = in;
    this.out = out;
    received = ByteBuffer.allocateDirect(bytes);
    sent = ByteBuffer.allocateDirect(bytes);
  }

  static ServerSocketChannel listen() throws IOException {
    return ServerSocketChannel.open()
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  static PlainExchange accept(ServerSocketChannel listener, int bytes) throws IOException {
    return new PlainExchange(listener.accept(), listener.accept(), bytes);
  }

  static PlainExchange connect(int port, int bytes) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    SocketChannel out = SocketChannel.open(address);
    return new PlainExchange(SocketChannel.open(address), out, bytes);
  }

  /** Sends all of the memory and receives as much. */
  void exchange() {
    CompletableFuture<Void> sending = CompletableFuture.runAsync(this::send);
    try {
      received.clear();
      while (received.hasRemaining()) {
        if (in.read(received) < 0) {
          throw new EOFException("The other process ended");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sending.join();
  }

  private void send() {
    try {
      sent.clear();
      while (sent.hasRemaining()) {
        out.write(sent);
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
