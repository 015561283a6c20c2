package org.jowa.model.collective;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What ranks tell each other beside the data: one frame on a control connection each. */
sealed interface ControlMessage {
  /** Longest frame without its length; a longer one is not from a rank of ours. */
  int LARGEST = 64 << 10;

  private static int longestText() {
    return LARGEST / 4;
  }

  /**
   * Where a rank is. It is sent at every barrier and as a sign of life.
   *
   * @param begun number of the newest operation it came to, -1 before the first
   * @param done number of the newest operation that is over for it, -1 before the first
   * @param barrier number of the newest barrier it came to, -1 before the first
   * @param operation the newest operation in words
   * @param place where the rank says it is; may be empty
   */
  record Status(long begun, long done, long barrier, String operation, String place)
      implements ControlMessage {
    static final Status NONE = new Status(-1, -1, -1, "", "");

    @Override
    public void write(ByteBuffer to) {
      content(to.put((byte) 1));
    }

    private void content(ByteBuffer to) {
      to.putLong(begun).putLong(done).putLong(barrier);
      text(text(to, operation), place);
    }

    private static Status read(ByteBuffer from) {
      return new Status(from.getLong(), from.getLong(), from.getLong(), text(from), text(from));
    }

    /** Where the rank was last heard to be. */
    String describe() {
      String where = place.isEmpty() ? "" : ", at " + place;
      if (begun < 0) {
        return "never seen in an operation" + where;
      }
      return (begun > done ? "in " : "last seen in ") + operation + where;
    }
  }

  /** The group is broken. */
  record Abort(int rank, String message) implements ControlMessage {
    @Override
    public void write(ByteBuffer to) {
      text(to.put((byte) 2).putInt(rank), message);
    }
  }

  /** The sender knows that the group is broken. */
  record Heard() implements ControlMessage {
    @Override
    public void write(ByteBuffer to) {
      to.put((byte) 3);
    }
  }

  /** The sender leaves in this state. */
  record Farewell(Status last) implements ControlMessage {
    @Override
    public void write(ByteBuffer to) {
      last.content(to.put((byte) 4));
    }
  }

  /** Writes kind and content. */
  void write(ByteBuffer to);

  /** A frame: its length, its kind, its content. */
  default ByteBuffer frame() {
    ByteBuffer frame = ByteBuffer.allocate(LARGEST + Integer.BYTES);
    frame.position(Integer.BYTES);
    write(frame);
    frame.putInt(0, frame.position() - Integer.BYTES);
    return frame.flip();
  }

  /**
   * Takes the next whole frame out of what was received.
   *
   * @return nothing if the frame isn't complete yet; the buffer's position then stays
   * @throws IllegalArgumentException if the bytes are none of ours
   */
  static Optional<ControlMessage> next(ByteBuffer received) {
    if (received.remaining() < Integer.BYTES) {
      return Optional.empty();
    }
    int length = received.getInt(received.position());
    if (length < 1 || length > LARGEST) {
      throw new IllegalArgumentException("frame of " + length + " bytes");
    }
    if (received.remaining() < Integer.BYTES + length) {
      return Optional.empty();
    }
    ByteBuffer content = received.slice(received.position() + Integer.BYTES, length);
    received.position(received.position() + Integer.BYTES + length);
    try {
      byte kind = content.get();
      return Optional.of(
          switch (kind) {
            case 1 -> Status.read(content);
            case 2 -> new Abort(content.getInt(), text(content));
            case 3 -> new Heard();
            case 4 -> new Farewell(Status.read(content));
            default -> throw new IllegalArgumentException("message of kind " + kind);
          });
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("frame that ends too early", e);
    }
  }

  private static ByteBuffer text(ByteBuffer to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, longestText());
    return to.putInt(length).put(bytes, 0, length);
  }

  private static String text(ByteBuffer from) {
    int length = from.getInt();
    if (length < 0 || length > from.remaining()) {
      throw new IllegalArgumentException("text of " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    from.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
