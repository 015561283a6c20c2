package org.jowa.model.train;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The bytes of TensorBoard's event files: events are protocol-buffer messages {@code
 * tensorflow.Event}, of which a few fields are written here by hand, in frames of length, checksum
 * of the length, message, checksum of the message.
 *
 * <p>Source: {@code event.proto}, {@code summary.proto} and {@code record_writer.h} of TensorFlow.
 */
final class EventFrames {
  private static final int MASK_DELTA = 0xa282ead8;
  private static final int MAX_BYTES = 1 << 24;

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private static final int EVENT_WALL_TIME = 1;
  private static final int EVENT_STEP = 2;
  private static final int EVENT_FILE_VERSION = 3;
  private static final int EVENT_SUMMARY = 5;
  private static final int EVENT_SESSION_LOG = 7;
  private static final int SUMMARY_VALUE = 1;
  private static final int VALUE_TAG = 1;
  private static final int VALUE_SIMPLE = 2;
  private static final int SESSION_STATUS = 1;
  private static final int SESSION_START = 1;

  private EventFrames() {}

  /** What stands first in every file. */
  static byte[] version(double wallTime) {
    Message event = new Message().fixed64(EVENT_WALL_TIME, Double.doubleToLongBits(wallTime));
    return event.bytes(EVENT_FILE_VERSION, utf8("brain.Event:2")).toByteArray();
  }

  /** Tells a TensorBoard that is looking on to forget events from a step on. */
  static byte[] restart(double wallTime, long step) {
    Message session = new Message().varint(SESSION_STATUS, SESSION_START);
    return event(wallTime, step).bytes(EVENT_SESSION_LOG, session.toByteArray()).toByteArray();
  }

  /** Scalars of a step by tag. */
  static byte[] scalars(double wallTime, long step, Map<String, Double> values) {
    Message summary = new Message();
    values.forEach(
        (tag, value) ->
            summary.bytes(
                SUMMARY_VALUE,
                new Message()
                    .bytes(VALUE_TAG, utf8(tag))
                    .fixed32(VALUE_SIMPLE, Float.floatToIntBits(value.floatValue()))
                    .toByteArray()));
    return event(wallTime, step).bytes(EVENT_SUMMARY, summary.toByteArray()).toByteArray();
  }

  private static Message event(double wallTime, long step) {
    return new Message()
        .fixed64(EVENT_WALL_TIME, Double.doubleToLongBits(wallTime))
        .varint(EVENT_STEP, step);
  }

  /** Writes an event in its frame. */
  static void write(OutputStream out, byte[] event) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(16 + event.length).order(ByteOrder.LITTLE_ENDIAN);
    frame.putLong(event.length);
    frame.putInt(masked(frame.array(), 0, 8));
    frame.put(event);
    frame.putInt(masked(event, 0, event.length));
    out.write(frame.array());
  }

  /** The events of a file up to its end or to the first frame that is cut short or altered. */
  static List<byte[]> read(InputStream in) throws IOException {
    List<byte[]> events = new ArrayList<>();
    DataInputStream data = new DataInputStream(in);
    byte[] head = new byte[12];
    byte[] tail = new byte[4];
    try {
      while (true) {
        data.readFully(head);
        long length = littleEndian(head).getLong();
        if (littleEndian(head).getInt(8) != masked(head, 0, 8) || length > MAX_BYTES) {
          return events;
        }
        byte[] event = new byte[(int) length];
        data.readFully(event);
        data.readFully(tail);
        if (littleEndian(tail).getInt() != masked(event, 0, event.length)) {
          return events;
        }
        events.add(event);
      }
    } catch (EOFException e) {
      return events;
    }
  }

  /** The step of an event that was written here; 0 if it has none. */
  static long step(byte[] event) {
    ByteBuffer buffer = littleEndian(event);
    while (buffer.hasRemaining()) {
      long key = varint(buffer);
      if (key == (EVENT_STEP << 3 | VARINT)) {
        return varint(buffer);
      }
      switch ((int) key & 7) {
        case VARINT -> varint(buffer);
        case FIXED64 -> buffer.getLong();
        case FIXED32 -> buffer.getInt();
        default -> {
          int length = (int) varint(buffer);
          buffer.position(buffer.position() + length);
        }
      }
    }
    return 0;
  }

  private static long varint(ByteBuffer buffer) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = buffer.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int masked(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A protocol-buffer message under construction. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message varint(int field, long value) {
      varint(field << 3 | VARINT);
      varint(value);
      return this;
    }

    Message fixed64(int field, long bits) {
      varint(field << 3 | FIXED64);
      out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(bits).array());
      return this;
    }

    Message fixed32(int field, int bits) {
      varint(field << 3 | FIXED32);
      out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(bits).array());
      return this;
    }

    Message bytes(int field, byte[] content) {
      varint(field << 3 | BYTES);
      varint(content.length);
      out.writeBytes(content);
      return this;
    }

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        out.write((int) (rest & 0x7f | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
    }

    byte[] toByteArray() {
      return out.toByteArray();
    }
  }
}
