package org.jowa.model.collective;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.List;

/**
 * Where a rank listens for the members of its ring, before they know of it.
 *
 * <pre>{@code
 * try (RingListener listener = RingListener.listen(host)) {
 *   List<String> addresses = rendezvous.allGather(listener.address());   // in rank order
 *   try (Collective collective = listener.join(rank, addresses, secret, options)) {
 *     ...
 *   }
 * }
 * }</pre>
 *
 * <p>It takes members of one ring, while that forms; then it is closed.
 */
public final class RingListener implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final ServerSocketChannel listener;
  private final String address;
  private boolean used;

  private RingListener(ServerSocketChannel listener, String address) {
    this.listener = listener;
    this.address = address;
  }

  /**
   * Listens on a free port.
   *
   * @param host name or address of this machine, as the others can reach it
   * @throws UncheckedIOException if it isn't an address of this machine, or can't be listened on
   */
  public static RingListener listen(String host) {
    ServerSocketChannel listener = null;
    try {
      listener = ServerSocketChannel.open();
      listener.bind(new InetSocketAddress(InetAddress.getByName(host), 0), BACKLOG);
      int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
      String name = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
      return new RingListener(listener, name + ":" + port);
    } catch (IOException e) {
      RingControl.quietlyClose(listener);
      throw new UncheckedIOException(
          "Can't listen on %s for the other ranks: %s".formatted(host, e.getMessage()), e);
    }
  }

  /** {@code host:port}, for the other ranks. */
  public String address() {
    return address;
  }

  /**
   * Forms the ring with all other ranks, which call this at the same time. It returns when every
   * rank has reached every other.
   *
   * @param rank of the caller
   * @param addresses of the listeners of all ranks, in rank order; their number is the world size
   * @param secret the same on all ranks and known to nobody else; it is never sent
   * @param options the same on all ranks
   * @throws CollectiveException if a rank can't be reached in time, or fails meanwhile; the message
   *     names it and its address
   * @throws IllegalArgumentException if the rank isn't one of the list's, or an address has no port
   * @throws IllegalStateException if the listener was used or closed before
   */
  public Collective join(int rank, List<String> addresses, byte[] secret, RingOptions options) {
    if (used) {
      throw new IllegalStateException("The listener at " + address + " was used or closed before");
    }
    if (rank < 0 || rank >= addresses.size()) {
      throw new IllegalArgumentException(
          "Rank has to be from 0 to " + (addresses.size() - 1) + ", found " + rank);
    }
    List<InetSocketAddress> parsed = addresses.stream().map(RingListener::parse).toList();
    Handshake handshake = new Handshake(secret);
    used = true;
    try {
      return new RingFormation(rank, parsed, addresses, handshake, options).form(listener);
    } catch (IOException e) {
      throw new UncheckedIOException("Rank " + rank + " can't form a ring", e);
    } finally {
      RingControl.quietlyClose(listener);
    }
  }

  private static InetSocketAddress parse(String address) {
    int colon = address.lastIndexOf(':');
    try {
      String host = address.substring(0, Math.max(0, colon));
      return new InetSocketAddress(
          host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
          Integer.parseInt(address.substring(colon + 1)));
    } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          "Address of a rank has to be host:port, found '" + address + "'", e);
    }
  }

  /** Stops listening; a ring that was joined isn't touched. */
  @Override
  public void close() {
    used = true;
    RingControl.quietlyClose(listener);
  }
}
