package org.jowa.model.collective;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.Tensors;

/** Memory that an operation works on, and the arithmetic on parts of it. */
final class HostMemory {
  enum Type {
    FLOAT32("float32", Float.BYTES),
    FLOAT64("float64", Double.BYTES),
    VALUES("values", Double.BYTES);

    private final String text;
    private final int bytes;

    Type(String text, int bytes) {
      this.text = text;
      this.bytes = bytes;
    }

    int bytes() {
      return bytes;
    }

    String describe(long length) {
      return text + "[" + length + "]";
    }
  }

  /** No view is longer. */
  static final int LARGEST_VIEW = 16 << 20;

  // A buffer ends at 2 GiB. Segments overlap by a view's length, so that every view lies in one.
  private static final int SEGMENT = 1 << 30;

  private final Type type;
  private final long length;
  private final ByteBuffer[] segments;

  private HostMemory(Type type, long length, ByteBuffer... segments) {
    this.type = type;
    this.length = length;
    this.segments = segments;
  }

  /**
   * A view of the tensor's own memory, valid as long as that.
   *
   * @throws IllegalArgumentException if it isn't one run of floats or doubles in host memory
   */
  static HostMemory of(Tensor tensor) {
    if (!tensor.is_contiguous()) {
      throw new IllegalArgumentException(
          "Tensor of shape " + shape(tensor) + " is not contiguous: pass a contiguous one");
    }
    if (!tensor.is_cpu()) {
      throw new IllegalArgumentException("Tensor is not in host memory: use the NCCL collective");
    }
    ScalarType scalars = tensor.scalar_type().intern();
    Type type =
        switch (scalars) {
          case Float -> Type.FLOAT32;
          case Double -> Type.FLOAT64;
          default ->
              throw new IllegalArgumentException(
                  "Tensor type " + scalars + " is not supported: use float32 or float64");
        };
    long bytes = Tensors.bytes(tensor);
    ByteBuffer[] segments = new ByteBuffer[(int) ((bytes + SEGMENT - 1) / SEGMENT)];
    for (int i = 0; i < segments.length; i++) {
      long start = (long) i * SEGMENT;
      segments[i] =
          Tensors.buffer(tensor, start, Math.min(bytes - start, (long) SEGMENT + LARGEST_VIEW));
    }
    return new HostMemory(type, tensor.numel(), segments);
  }

  /** A copy of the values; {@link #copyTo} brings them back. */
  static HostMemory of(double[] values) {
    ByteBuffer copy = direct(values.length * Double.BYTES);
    copy.asDoubleBuffer().put(values);
    return new HostMemory(Type.VALUES, values.length, copy);
  }

  static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  void copyTo(double[] values) {
    if (values.length > 0) {
      view(0, values.length * Double.BYTES).asDoubleBuffer().get(values);
    }
  }

  Type type() {
    return type;
  }

  /** Elements. */
  long length() {
    return length;
  }

  long bytes() {
    return length * type.bytes();
  }

  /** Type and size; equal for memories that fit together. */
  String describe() {
    return type.describe(length);
  }

  /** Bytes {@code [offset, offset + bytes)}, at most {@link #LARGEST_VIEW}, in native order. */
  ByteBuffer view(long offset, int bytes) {
    int segment = (int) (offset / SEGMENT);
    return segments[segment].slice((int) (offset % SEGMENT), bytes).order(ByteOrder.nativeOrder());
  }

  /** Adds {@code part} to {@code sum}, element by element; the same number of bytes in both. */
  void add(ByteBuffer sum, ByteBuffer part) {
    if (type == Type.FLOAT32) {
      FloatBuffer to = sum.asFloatBuffer();
      FloatBuffer from = part.asFloatBuffer();
      int n = from.remaining();
      for (int i = 0; i < n; i++) {
        to.put(i, to.get(i) + from.get(i));
      }
    } else {
      DoubleBuffer to = sum.asDoubleBuffer();
      DoubleBuffer from = part.asDoubleBuffer();
      int n = from.remaining();
      for (int i = 0; i < n; i++) {
        to.put(i, to.get(i) + from.get(i));
      }
    }
  }

  void divide(ByteBuffer sum, int divisor) {
    if (divisor == 1) {
      return;
    }
    if (type == Type.FLOAT32) {
      FloatBuffer values = sum.asFloatBuffer();
      int n = values.remaining();
      for (int i = 0; i < n; i++) {
        values.put(i, values.get(i) / divisor);
      }
    } else {
      DoubleBuffer values = sum.asDoubleBuffer();
      int n = values.remaining();
      for (int i = 0; i < n; i++) {
        values.put(i, values.get(i) / divisor);
      }
    }
  }

  static String shape(Tensor tensor) {
    long[] sizes = new long[(int) tensor.dim()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = tensor.size(i);
    }
    return Arrays.toString(sizes);
  }
}
