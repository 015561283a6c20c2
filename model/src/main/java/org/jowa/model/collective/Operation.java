package org.jowa.model.collective;

import java.nio.ByteBuffer;

/**
 * What a rank of a ring does, as it is told to the others.
 *
 * @param number operations of this rank before it, the joining of the ring included
 * @param kind what is done
 * @param root the rank that is copied from, 0 where there is none
 * @param type of the elements; of no meaning in a barrier
 * @param length number of elements
 */
record Operation(long number, Kind kind, int root, HostMemory.Type type, long length) {
  enum Kind {
    BARRIER("barrier"),
    SUM("allReduceSum"),
    MEAN("allReduceMean"),
    BROADCAST("broadcast");

    private final String text;

    Kind(String text) {
      this.text = text;
    }
  }

  static final int BYTES = Integer.BYTES * 4 + Long.BYTES * 2;

  private static final int MAGIC = 0x4a4f5741;

  static Operation barrier(long number) {
    return new Operation(number, Kind.BARRIER, 0, HostMemory.Type.VALUES, 0);
  }

  static Operation of(long number, Kind kind, int root, HostMemory memory) {
    return new Operation(number, kind, root, memory.type(), memory.length());
  }

  void write(ByteBuffer to) {
    to.putInt(MAGIC)
        .putInt(kind.ordinal())
        .putInt(root)
        .putInt(type.ordinal())
        .putLong(number)
        .putLong(length);
  }

  /**
   * @throws IllegalArgumentException if the bytes are none of ours
   */
  static Operation read(ByteBuffer from) {
    int magic = from.getInt();
    int kind = from.getInt();
    int root = from.getInt();
    int type = from.getInt();
    if (magic != MAGIC
        || kind < 0
        || kind >= Kind.values().length
        || type < 0
        || type >= HostMemory.Type.values().length) {
      throw new IllegalArgumentException("No operation starts here");
    }
    return new Operation(
        from.getLong(), Kind.values()[kind], root, HostMemory.Type.values()[type], from.getLong());
  }

  /** What has to be equal on all ranks. */
  String terms() {
    return switch (kind) {
      case BARRIER -> kind.text;
      case BROADCAST -> kind.text + " from rank " + root + " of " + type.describe(length);
      case SUM, MEAN -> kind.text + " of " + type.describe(length);
    };
  }

  @Override
  public String toString() {
    return number == 0 ? "joining the ring" : terms() + " (operation " + number + ")";
  }
}
