package org.jowa.model.collective;

/**
 * Ranges of bytes in the order in which they travel.
 *
 * @param starts first byte of each range
 * @param ends the byte after the last one of each
 */
record Route(long[] starts, long[] ends) {
  static final Route NOTHING = new Route(new long[0], new long[0]);

  static Route whole(long bytes) {
    return new Route(new long[] {0}, new long[] {bytes});
  }

  /** A number of slices, from one on and then downwards round the ring. */
  static Route backwards(Slices slices, int first, int number, int elementBytes) {
    long[] starts = new long[number];
    long[] ends = new long[number];
    for (int hop = 0; hop < number; hop++) {
      int slice = Math.floorMod(first - hop, slices.count());
      starts[hop] = slices.start(slice) * elementBytes;
      ends[hop] = slices.start(slice + 1) * elementBytes;
    }
    return new Route(starts, ends);
  }

  /** Number of ranges. */
  int size() {
    return starts.length;
  }
}
