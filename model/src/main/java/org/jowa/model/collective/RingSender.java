package org.jowa.model.collective;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/** Sends ranges of memory, each part as soon as it is ready. */
final class RingSender {
  private final HostMemory memory;
  private final Route route;
  private final long readyAtStart;
  private int range;
  private long offset;
  private long sent;

  /**
   * @param readyAtStart bytes of the route that may be sent before anything is received; one more
   *     for each that is
   */
  RingSender(HostMemory memory, Route route, long readyAtStart) {
    this.memory = memory;
    this.route = route;
    this.readyAtStart = readyAtStart;
    skipEmpty();
  }

  boolean isDone() {
    return range == route.size();
  }

  boolean hasReady(long received) {
    return !isDone() && sent < readyAtStart + received;
  }

  /** Sends what the socket takes at once and returns the number of bytes. */
  int write(SocketChannel to, long received) throws IOException {
    if (!hasReady(received)) {
      return 0;
    }
    long start = route.starts()[range] + offset;
    long bytes = Math.min(route.ends()[range] - start, readyAtStart + received - sent);
    int written = to.write(memory.view(start, (int) Math.min(bytes, HostMemory.LARGEST_VIEW)));
    sent += written;
    offset += written;
    skipEmpty();
    return written;
  }

  private void skipEmpty() {
    while (range < route.size() && route.starts()[range] + offset == route.ends()[range]) {
      range++;
      offset = 0;
    }
  }
}
