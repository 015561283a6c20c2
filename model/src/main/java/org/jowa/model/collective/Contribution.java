package org.jowa.model.collective;

import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What one rank brings to an operation: memory that the others read between two meetings. Elements
 * are numbered from 0 to {@code length()}, exclusive.
 */
abstract sealed class Contribution {
  /** Elements handled at a time: two such blocks stay in a core's nearest caches. */
  static final int BLOCK = 4096;

  private final long length;

  private Contribution(long length) {
    this.length = length;
  }

  /**
   * @throws IllegalArgumentException if the tensor can't be read as one run of floats or doubles in
   *     host memory
   */
  static Contribution of(Tensor tensor) {
    if (!tensor.is_contiguous()) {
      throw new IllegalArgumentException(
          "Tensor of shape " + shape(tensor) + " is not contiguous: pass a contiguous one");
    }
    if (!tensor.is_cpu()) {
      throw new IllegalArgumentException("Tensor is not in host memory: use the NCCL collective");
    }
    ScalarType type = tensor.scalar_type().intern();
    return switch (type) {
      case Float -> new Floats(tensor);
      case Double -> new Doubles(tensor);
      default ->
          throw new IllegalArgumentException(
              "Tensor type " + type + " is not supported: use float32 or float64");
    };
  }

  static Contribution of(double[] values) {
    return new Values(values);
  }

  final long length() {
    return length;
  }

  /** Type and size; equal for contributions that fit together. */
  final String describe() {
    return typeName() + "[" + length + "]";
  }

  abstract String typeName();

  /**
   * Puts the sum of all ranks' elements {@code [from, to)}, rank {@code first} first and then round
   * the ring, divided by {@code divisor}, into this one.
   */
  abstract void sum(Contribution[] all, int first, long from, long to, int divisor);

  /** Copies another rank's elements {@code [from, to)} into this one. */
  abstract void copy(Contribution other, long from, long to);

  private static String shape(Tensor tensor) {
    long[] sizes = new long[(int) tensor.dim()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = tensor.size(i);
    }
    return Arrays.toString(sizes);
  }

  private static final class Floats extends Contribution {
    private final FloatPointer memory;

    Floats(Tensor tensor) {
      super(tensor.numel());
      memory = tensor.numel() == 0 ? null : tensor.data_ptr_float();
    }

    @Override
    String typeName() {
      return "float32";
    }

    @Override
    void sum(Contribution[] all, int first, long from, long to, int divisor) {
      float[] sum = new float[BLOCK];
      float[] next = new float[BLOCK];
      for (long at = from; at < to; at += BLOCK) {
        int n = (int) Math.min(BLOCK, to - at);
        ((Floats) all[first]).at(at).get(sum, 0, n);
        for (int hop = 1; hop < all.length; hop++) {
          ((Floats) all[(first + hop) % all.length]).at(at).get(next, 0, n);
          for (int i = 0; i < n; i++) {
            sum[i] += next[i];
          }
        }
        if (divisor > 1) {
          for (int i = 0; i < n; i++) {
            sum[i] /= divisor;
          }
        }
        at(at).put(sum, 0, n);
      }
    }

    @Override
    void copy(Contribution other, long from, long to) {
      if (to > from) {
        FloatPointer source = ((Floats) other).at(from).limit(to);
        at(from).limit(to).put(source);
      }
    }

    /** A view of its own, because a pointer's position isn't safe to share between threads. */
    private FloatPointer at(long position) {
      return new FloatPointer(memory).position(position);
    }
  }

  private static final class Doubles extends Contribution {
    private final DoublePointer memory;

    Doubles(Tensor tensor) {
      super(tensor.numel());
      memory = tensor.numel() == 0 ? null : tensor.data_ptr_double();
    }

    @Override
    String typeName() {
      return "float64";
    }

    @Override
    void sum(Contribution[] all, int first, long from, long to, int divisor) {
      double[] sum = new double[BLOCK];
      double[] next = new double[BLOCK];
      for (long at = from; at < to; at += BLOCK) {
        int n = (int) Math.min(BLOCK, to - at);
        ((Doubles) all[first]).at(at).get(sum, 0, n);
        for (int hop = 1; hop < all.length; hop++) {
          ((Doubles) all[(first + hop) % all.length]).at(at).get(next, 0, n);
          for (int i = 0; i < n; i++) {
            sum[i] += next[i];
          }
        }
        if (divisor > 1) {
          for (int i = 0; i < n; i++) {
            sum[i] /= divisor;
          }
        }
        at(at).put(sum, 0, n);
      }
    }

    @Override
    void copy(Contribution other, long from, long to) {
      if (to > from) {
        DoublePointer source = ((Doubles) other).at(from).limit(to);
        at(from).limit(to).put(source);
      }
    }

    private DoublePointer at(long position) {
      return new DoublePointer(memory).position(position);
    }
  }

  private static final class Values extends Contribution {
    private final double[] values;

    Values(double[] values) {
      super(values.length);
      this.values = values;
    }

    @Override
    String typeName() {
      return "values";
    }

    @Override
    void sum(Contribution[] all, int first, long from, long to, int divisor) {
      for (int i = (int) from; i < to; i++) {
        double sum = ((Values) all[first]).values[i];
        for (int hop = 1; hop < all.length; hop++) {
          sum += ((Values) all[(first + hop) % all.length]).values[i];
        }
        values[i] = divisor > 1 ? sum / divisor : sum;
      }
    }

    @Override
    void copy(Contribution other, long from, long to) {
      System.arraycopy(((Values) other).values, (int) from, values, (int) from, (int) (to - from));
    }
  }
}
