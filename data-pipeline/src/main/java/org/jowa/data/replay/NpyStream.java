package org.jowa.data.replay;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * One gzipped NumPy array read row after row; a file is never in memory whole. Reading to the end
 * checks the gzip checksum and that the file holds no more than its header says.
 */
final class NpyStream implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 16;

  private final LogFile file;
  private final SourceStream source;
  private final DataInputStream in;
  private final String type;
  private final long rows;
  private final int rowBytes;
  private long row;
  private byte[] bytes = new byte[0];
  private byte[] scratch = new byte[0];

  private NpyStream(
      LogFile file, SourceStream source, DataInputStream in, NpyHeader header, int rowBytes) {
    this.file = file;
    this.source = source;
    this.in = in;
    this.type = header.type();
    this.rows = header.shape().isEmpty() ? 1 : header.shape().get(0);
    this.rowBytes = rowBytes;
  }

  /**
   * Opens an array whose first dimension is rows.
   *
   * @param types element types that are accepted
   * @param rowShape the dimensions after the first
   */
  static NpyStream open(LogFile file, Set<String> types, List<Long> rowShape) {
    return open(file, types, rowShape, false);
  }

  /** Opens an array that holds a single number, of shape {@code ()} or {@code (1,)}. */
  static NpyStream openScalar(LogFile file, Set<String> types) {
    return open(file, types, List.of(), true);
  }

  private static NpyStream open(
      LogFile file, Set<String> types, List<Long> rowShape, boolean scalar) {
    DataInputStream in = null;
    SourceStream source = null;
    try {
      source = file.open();
      in =
          new DataInputStream(
              new BufferedInputStream(new GZIPInputStream(source, BUFFER_BYTES), BUFFER_BYTES));
      NpyHeader header = NpyHeader.read(in, file);
      if (!types.contains(header.type())) {
        throw file.damaged(
            "element type %s, expected %s"
                .formatted(header.type(), String.join(" or ", types.stream().sorted().toList())));
      }
      List<Long> shape = header.shape();
      boolean fits =
          scalar
              ? shape.isEmpty() || shape.equals(List.of(1L))
              : !shape.isEmpty() && shape.subList(1, shape.size()).equals(rowShape);
      if (!fits) {
        throw file.damaged(
            "shape %s, expected %s".formatted(shape, scalar ? "one number" : "[rows]" + rowShape));
      }
      int rowBytes = elementBytes(header.type());
      for (long size : rowShape) {
        rowBytes = Math.multiplyExact(rowBytes, Math.toIntExact(size));
      }
      return new NpyStream(file, source, in, header, rowBytes);
    } catch (IOException e) {
      closeQuietly(in, source);
      throw broken(file, source, 0, e);
    } catch (RuntimeException e) {
      closeQuietly(in, source);
      throw e;
    }
  }

  /** Rows that the header announces. */
  long rows() {
    return rows;
  }

  LogFile file() {
    return file;
  }

  /** Reads rows of single bytes or frames as they are. */
  void readBytes(byte[] into, int count) {
    read(into, count);
  }

  /** Reads rows of integers; those beyond 32 bits become {@link Integer#MIN_VALUE}. */
  void readIntegers(int[] into, int count) {
    ByteBuffer values = read(count);
    for (int i = 0; i < count; i++) {
      into[i] =
          switch (type.charAt(type.length() - 1)) {
            case '1' -> type.contains("u") ? Byte.toUnsignedInt(values.get(i)) : values.get(i);
            case '2' -> values.getShort(2 * i);
            case '4' -> values.getInt(4 * i);
            default -> clamp(values.getLong(8 * i));
          };
    }
  }

  /** Reads rows of floating-point numbers. */
  void readFloats(float[] into, int count) {
    ByteBuffer values = read(count);
    for (int i = 0; i < count; i++) {
      into[i] = type.endsWith("4") ? values.getFloat(4 * i) : (float) values.getDouble(8 * i);
    }
  }

  /** Reads one 64-bit integer. */
  long readLong() {
    ByteBuffer values = read(1);
    return type.endsWith("8") ? values.getLong(0) : values.getInt(0);
  }

  /** Passes over rows. */
  void skip(long count) {
    // The streams' own skip goes through 512 bytes at a time.
    if (scratch.length == 0 && count > 0) {
      scratch = new byte[BUFFER_BYTES];
    }
    try {
      for (long left = count * rowBytes; left > 0; ) {
        int step = (int) Math.min(left, scratch.length);
        in.readFully(scratch, 0, step);
        left -= step;
      }
      row += count;
    } catch (IOException e) {
      throw broken(file, source, row, e);
    }
  }

  /**
   * Reads what is left, so that the checksum is checked.
   *
   * @return SHA-256 of the file as it is stored
   */
  String finish() {
    skip(rows - row);
    try {
      if (in.read() >= 0) {
        throw file.damaged(
            String.format(Locale.ROOT, "it holds more than the %d rows of its header", rows));
      }
      return source.sha256();
    } catch (IOException e) {
      throw broken(file, source, row, e);
    }
  }

  @Override
  public void close() {
    closeQuietly(in, source);
  }

  private ByteBuffer read(int count) {
    if (bytes.length < count * rowBytes) {
      bytes = new byte[count * rowBytes];
    }
    read(bytes, count);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void read(byte[] into, int count) {
    try {
      in.readFully(into, 0, count * rowBytes);
      row += count;
    } catch (IOException e) {
      throw broken(file, source, row, e);
    }
  }

  private static RuntimeException broken(
      LogFile file, SourceStream source, long row, IOException e) {
    String where =
        source == null
            ? ""
            : String.format(
                Locale.ROOT,
                "row %d or soon after, before byte %d of %d: ",
                row,
                source.position(),
                source.length());
    if (e instanceof EOFException) {
      return file.damaged(where + "the gzip stream is truncated", e);
    }
    if (e instanceof ZipException) {
      String reason =
          "Corrupt GZIP trailer".equals(e.getMessage())
              ? "the gzip checksum (CRC) doesn't match"
              : "bad gzip data (" + e.getMessage() + ")";
      return file.damaged(where + reason, e);
    }
    return file.damaged(where + "can't be read (" + e.getMessage() + ")", e);
  }

  private static int elementBytes(String type) {
    return type.charAt(type.length() - 1) - '0';
  }

  private static int clamp(long value) {
    return value == (int) value ? (int) value : Integer.MIN_VALUE;
  }

  private static void closeQuietly(@Nullable DataInputStream in, @Nullable SourceStream source) {
    try {
      if (in != null) {
        in.close();
      } else if (source != null) {
        source.close();
      }
    } catch (IOException e) {
      // Nothing was written, and what was read is already checked.
    }
  }
}
