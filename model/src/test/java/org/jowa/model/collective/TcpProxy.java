package org.jowa.model.collective;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** Stands between ranks and can cut, or silently swallow, what they send. */
final class TcpProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final int target;
  private final List<Socket> sockets = new ArrayList<>();
  private volatile boolean swallowing;

  /**
   * @param target {@code host:port} on this machine
   */
  TcpProxy(String target) throws IOException {
    this.target = Integer.parseInt(target.substring(target.lastIndexOf(':') + 1));
    listener = new ServerSocket(0, 64, InetAddress.getByName("127.0.0.1"));
    daemon(this::accept);
  }

  String address() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  /** From now on nothing gets through, and nobody is told. */
  void swallow() {
    swallowing = true;
  }

  /** Ends all connections. */
  void cut() throws IOException {
    synchronized (sockets) {
      for (Socket socket : sockets) {
        if (!socket.isClosed()) {
          socket.setSoLinger(true, 0);
          socket.close();
        }
      }
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket from = listener.accept();
        Socket to = new Socket("127.0.0.1", target);
        synchronized (sockets) {
          sockets.add(from);
          sockets.add(to);
        }
        daemon(() -> copy(from, to));
        daemon(() -> copy(to, from));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void copy(Socket from, Socket to) {
    byte[] buffer = new byte[64 << 10];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (!swallowing) {
          out.write(buffer, 0, n);
        }
      }
      to.shutdownOutput();
    } catch (IOException e) {
      // Cut.
    }
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "proxy");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
  }
}
