package org.jowa.model.collective;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Receives ranges of memory: the first ones are added to what is there, the others replace it. */
final class RingReceiver {
  private final HostMemory memory;
  private final Route route;
  private final int added;
  private final int divisor;
  private final ByteBuffer staging;
  private int range;
  private long offset;
  private long ready;

  /**
   * @param added how many ranges are added to what is there
   * @param divisor what the last one of these is divided by, once it is complete
   * @param staging where parts wait to be added
   */
  RingReceiver(HostMemory memory, Route route, int added, int divisor, ByteBuffer staging) {
    this.memory = memory;
    this.route = route;
    this.added = added;
    this.divisor = divisor;
    this.staging = staging;
    skipEmpty();
  }

  boolean isDone() {
    return range == route.size();
  }

  /** Bytes that are done with and may be sent on. */
  long ready() {
    return ready;
  }

  /** Receives what is there, up to a chunk, and returns the number of bytes. */
  int read(SocketChannel from) throws IOException {
    if (isDone()) {
      return 0;
    }
    long start = route.starts()[range] + offset;
    long left = route.ends()[range] - start;
    if (range < added) {
      return readAndAdd(from, start, left);
    }
    int bytes = (int) Math.min(left, staging.capacity());
    int count = requireOpen(from.read(memory.view(start, bytes)));
    advance(count);
    return count;
  }

  private int readAndAdd(SocketChannel from, long start, long left) throws IOException {
    // What is in the buffer already is less than one element.
    staging.limit((int) Math.min(left, staging.capacity()));
    int count = requireOpen(from.read(staging));
    int whole = staging.position() - staging.position() % memory.type().bytes();
    if (whole > 0) {
      int rest = staging.position() - whole;
      ByteBuffer sum = memory.view(start, whole);
      memory.add(sum, staging.slice(0, whole).order(staging.order()));
      if (range == added - 1) {
        memory.divide(sum, divisor);
      }
      staging.limit(whole + rest).position(whole);
      staging.compact();
      advance(whole);
    }
    return count;
  }

  private void advance(int bytes) {
    offset += bytes;
    ready += bytes;
    skipEmpty();
  }

  private void skipEmpty() {
    while (range < route.size() && route.starts()[range] + offset == route.ends()[range]) {
      range++;
      offset = 0;
    }
  }

  /**
   * @throws EOFException if the number of bytes says that the connection has ended
   */
  static int requireOpen(int count) throws EOFException {
    if (count < 0) {
      throw new EOFException("it was closed");
    }
    return count;
  }
}
