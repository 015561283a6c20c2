package org.jowa.model.torch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Moves values between Java arrays or buffers and tensors. Every tensor made here lies in torch's
 * own aligned memory: a GEMM over memory of another alignment may round differently.
 */
public final class Tensors {
  private static final int CHUNK = 1 << 20;

  private Tensors() {}

  /**
   * An uninitialised tensor.
   *
   * @param type element type
   * @param shape sizes; none for a scalar
   */
  public static Tensor empty(ScalarType type, long... shape) {
    TorchRuntime.init();
    return torch.empty(shape, new TensorOptions(type), new MemoryFormatOptional());
  }

  /** A tensor of zeros. */
  public static Tensor zeros(ScalarType type, long... shape) {
    return empty(type, shape).zero_();
  }

  /** An fp32 tensor with a copy of the values. */
  public static Tensor of(float[] values, long... shape) {
    Tensor tensor = sized(ScalarType.Float, values.length, shape);
    if (values.length > 0) {
      tensor.data_ptr_float().put(values, 0, values.length);
    }
    return tensor;
  }

  /** An fp64 tensor with a copy of the values. */
  public static Tensor of(double[] values, long... shape) {
    Tensor tensor = sized(ScalarType.Double, values.length, shape);
    if (values.length > 0) {
      tensor.data_ptr_double().put(values, 0, values.length);
    }
    return tensor;
  }

  /** An int64 tensor with a copy of the values. */
  public static Tensor of(long[] values, long... shape) {
    Tensor tensor = sized(ScalarType.Long, values.length, shape);
    if (values.length > 0) {
      tensor.data_ptr_long().put(values, 0, values.length);
    }
    return tensor;
  }

  /** An int32 tensor with a copy of the values. */
  public static Tensor of(int[] values, long... shape) {
    Tensor tensor = sized(ScalarType.Int, values.length, shape);
    if (values.length > 0) {
      tensor.data_ptr_int().put(values, 0, values.length);
    }
    return tensor;
  }

  /** A uint8 tensor with a copy of the values. */
  public static Tensor of(byte[] values, long... shape) {
    Tensor tensor = sized(ScalarType.Byte, values.length, shape);
    if (values.length > 0) {
      new BytePointer(tensor.data_ptr()).put(values, 0, values.length);
    }
    return tensor;
  }

  /** An int64 tensor with the values of an int array, for indices. */
  public static Tensor indices(int[] values, long... shape) {
    long[] wide = new long[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return of(wide, shape);
  }

  /**
   * A tensor with a copy of a buffer's remaining bytes, in native byte order; the buffer's position
   * stays.
   */
  public static Tensor of(ScalarType type, ByteBuffer values, long... shape) {
    Tensor tensor = empty(type, shape);
    ByteBuffer source = values.duplicate();
    if (source.remaining() != bytes(tensor)) {
      throw new IllegalArgumentException(
          "Expected " + bytes(tensor) + " bytes for the shape, found " + source.remaining());
    }
    if (source.hasRemaining()) {
      buffer(tensor).put(source);
    }
    return tensor;
  }

  /**
   * A tensor over a direct buffer's own memory, from its start on: no copy, and valid as long as
   * the buffer's content is.
   */
  public static Tensor shared(ScalarType type, ByteBuffer memory, long... shape) {
    if (!memory.isDirect()) {
      throw new IllegalArgumentException("The buffer isn't direct");
    }
    BytePointer start = new BytePointer(memory.duplicate().clear());
    Tensor tensor = torch.from_blob(start, shape, new TensorOptions(type));
    if (memory.capacity() < bytes(tensor)) {
      throw new IllegalArgumentException(
          "Expected " + bytes(tensor) + " bytes for the shape, found " + memory.capacity());
    }
    return tensor;
  }

  /** A copy of an fp32 tensor's elements in C order. */
  public static float[] floats(Tensor tensor) {
    require(tensor, ScalarType.Float);
    Tensor host = onHost(tensor);
    float[] values = new float[Math.toIntExact(tensor.numel())];
    if (values.length > 0) {
      host.data_ptr_float().get(values, 0, values.length);
    }
    // A pointer to its memory doesn't keep a copy from being collected.
    Reference.reachabilityFence(host);
    return values;
  }

  /** A copy of an fp64 tensor's elements in C order. */
  public static double[] doubles(Tensor tensor) {
    require(tensor, ScalarType.Double);
    Tensor host = onHost(tensor);
    double[] values = new double[Math.toIntExact(tensor.numel())];
    if (values.length > 0) {
      host.data_ptr_double().get(values, 0, values.length);
    }
    Reference.reachabilityFence(host);
    return values;
  }

  /** A copy of an int64 tensor's elements in C order. */
  public static long[] longs(Tensor tensor) {
    require(tensor, ScalarType.Long);
    Tensor host = onHost(tensor);
    long[] values = new long[Math.toIntExact(tensor.numel())];
    if (values.length > 0) {
      host.data_ptr_long().get(values, 0, values.length);
    }
    Reference.reachabilityFence(host);
    return values;
  }

  /** A copy of a uint8 tensor's elements in C order. */
  public static byte[] bytes8(Tensor tensor) {
    require(tensor, ScalarType.Byte);
    Tensor host = onHost(tensor);
    byte[] values = new byte[Math.toIntExact(tensor.numel())];
    if (values.length > 0) {
      new BytePointer(host.data_ptr()).get(values, 0, values.length);
    }
    Reference.reachabilityFence(host);
    return values;
  }

  /**
   * A tensor's elements in host memory, contiguous: the tensor itself where it is that already,
   * else a copy. Every value that leaves a device comes this way, after whatever computes it is
   * done.
   */
  public static Tensor onHost(Tensor tensor) {
    return (tensor.is_cpu() ? tensor : tensor.cpu()).contiguous();
  }

  /** Size of a tensor's elements in bytes. */
  public static long bytes(Tensor tensor) {
    return tensor.numel() * tensor.element_size();
  }

  /**
   * The memory of a contiguous CPU tensor as a buffer, without a copy, in native byte order. Valid
   * as long as the tensor is; at most 2 GiB.
   */
  public static ByteBuffer buffer(Tensor tensor) {
    return buffer(tensor, 0, bytes(tensor));
  }

  /**
   * A part of the memory of a contiguous CPU tensor as a buffer, without a copy.
   *
   * @param offset first byte
   * @param length number of bytes, at most {@link Integer#MAX_VALUE}
   */
  public static ByteBuffer buffer(Tensor tensor, long offset, long length) {
    if (!tensor.is_contiguous() || !tensor.is_cpu()) {
      throw new IllegalArgumentException("Only a contiguous CPU tensor has a buffer view");
    }
    if (offset < 0 || length < 0 || offset + length > bytes(tensor)) {
      throw new IndexOutOfBoundsException(
          "Bytes " + offset + " to " + (offset + length) + " of " + bytes(tensor));
    }
    if (length == 0) {
      return ByteBuffer.allocateDirect(0).order(ByteOrder.nativeOrder());
    }
    Pointer start = tensor.data_ptr();
    BytePointer memory = new BytePointer(start).capacity(offset + Math.toIntExact(length));
    return memory.position(offset).asByteBuffer().order(ByteOrder.nativeOrder());
  }

  /**
   * Reads the elements of a contiguous CPU tensor, as they lie in memory.
   *
   * @return whether the stream had as many bytes
   */
  public static boolean fill(Tensor tensor, InputStream in) throws IOException {
    long bytes = bytes(tensor);
    byte[] chunk = new byte[(int) Math.min(CHUNK, bytes)];
    for (long offset = 0; offset < bytes; offset += CHUNK) {
      int count = (int) Math.min(CHUNK, bytes - offset);
      if (in.readNBytes(chunk, 0, count) < count) {
        return false;
      }
      buffer(tensor, offset, count).put(chunk, 0, count);
    }
    return true;
  }

  /** Writes a tensor's elements in C order. */
  public static void drain(Tensor tensor, OutputStream out) throws IOException {
    try (StepScope scope = StepScope.inference()) {
      Tensor memory = onHost(tensor);
      long bytes = bytes(memory);
      byte[] chunk = new byte[(int) Math.min(CHUNK, bytes)];
      for (long offset = 0; offset < bytes; offset += CHUNK) {
        int count = (int) Math.min(CHUNK, bytes - offset);
        buffer(memory, offset, count).get(chunk, 0, count);
        out.write(chunk, 0, count);
      }
    }
  }

  /**
   * Lets a tensor outlive the pointer scope that is open now; {@link #release} gives it back. The
   * same object is returned.
   */
  public static Tensor keep(Tensor tensor) {
    return tensor.retainReference();
  }

  /** Gives back a tensor that {@link #keep} kept. */
  public static void release(Tensor tensor) {
    tensor.releaseReference();
  }

  private static Tensor sized(ScalarType type, int length, long... shape) {
    Tensor tensor = empty(type, shape);
    if (tensor.numel() != length) {
      throw new IllegalArgumentException(
          "Expected " + tensor.numel() + " values for the shape, found " + length);
    }
    return tensor;
  }

  private static void require(Tensor tensor, ScalarType type) {
    if (tensor.scalar_type().intern() != type) {
      throw new IllegalArgumentException(
          "Expected a tensor of type " + type + ", found " + tensor.scalar_type().intern());
    }
  }
}
