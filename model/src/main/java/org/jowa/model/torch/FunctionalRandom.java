package org.jowa.model.torch;

import java.util.stream.IntStream;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Random numbers as a function of (seed, step, sample, site, element) instead of a state: a run
 * that was resumed, or split over another number of ranks, draws the same numbers for the same
 * sample.
 *
 * <p>Each (seed, step, sample, site) gives a 64-bit key; element i of its stream is a 32-bit
 * integer hash of i and the key. The loops read the counter from an array, which lets the JIT
 * vectorise them; torch's own {@code bernoulli_} is single-threaded and more than ten times slower.
 */
public final class FunctionalRandom {
  private static final int TILE = 4096;
  private static final int[] COUNTER = counter();
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
  private static final float UNIT = 0x1p-24f;

  private FunctionalRandom() {}

  /**
   * The key of one stream.
   *
   * @param seed of the run
   * @param step of the optimizer
   * @param sample global index of the sample, the same whatever rank computes it
   * @param site which use inside the model, a small number of the caller's choice
   */
  public static long key(long seed, long step, long sample, long site) {
    long key = mix(seed + GOLDEN_GAMMA);
    key = mix(key + step + GOLDEN_GAMMA);
    key = mix(key + sample + GOLDEN_GAMMA);
    return mix(key + site + GOLDEN_GAMMA);
  }

  /** The key of a stream that belongs to a name, a parameter's for instance. */
  public static long key(long seed, String name) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
    }
    return mix(mix(seed + GOLDEN_GAMMA) + hash);
  }

  /** One draw from [0, 1), of 53 bits. */
  public static double uniform(long key, long element) {
    return (mix(key + (element + 1) * GOLDEN_GAMMA) >>> 11) * 0x1p-53;
  }

  /** Fills with draws from [0, 1), of 24 bits. */
  public static void uniform(long key, float[] target, int offset, int length) {
    int low = (int) key;
    int high = (int) (key >>> 32);
    for (int start = 0; start < length; start += TILE) {
      int count = Math.min(TILE, length - start);
      uniformTile(COUNTER, start, low, high, target, offset + start, count);
    }
  }

  /** An fp32 tensor of draws from [-0.5, 0.5) on the CPU. */
  public static Tensor centred(long key, long... shape) {
    long elements = 1;
    for (long length : shape) {
      elements *= length;
    }
    float[] values = new float[Math.toIntExact(elements)];
    uniform(key, values, 0, values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] -= 0.5f;
    }
    return Tensors.of(values, shape);
  }

  /**
   * Fills one row per sample with dropout factors: 0 with the given probability, else 1/(1-p).
   *
   * @param slab contiguous fp32 [samples, n...]
   * @param samples global sample index of each row
   * @param probability in [0, 1)
   */
  public static void dropout(
      Tensor slab, long seed, long step, long[] samples, long site, double probability) {
    long elements = slab.numel() / samples.length;
    Pointer memory = slab.data_ptr();
    for (int row = 0; row < samples.length; row++) {
      dropout(memory, row * elements, elements, key(seed, step, samples[row], site), probability);
    }
  }

  /**
   * Fills a stretch of fp32 memory with dropout factors: 0 with the given probability, else
   * 1/(1-p).
   *
   * @param memory of fp32 elements
   * @param offset first element
   * @param length number of elements
   * @param key of the stream, from {@link #key}
   * @param probability in [0, 1)
   */
  public static void dropout(
      Pointer memory, long offset, long length, long key, double probability) {
    requireProbability(probability);
    int kept = Float.floatToRawIntBits(kept(probability));
    int threshold = threshold(probability);
    int low = (int) key;
    int high = (int) (key >>> 32);
    int[] tile = new int[(int) Math.min(TILE, length)];
    IntPointer target = new IntPointer(memory);
    for (long start = 0; start < length; start += TILE) {
      int count = (int) Math.min(TILE, length - start);
      dropoutTile(COUNTER, (int) start, low, high, threshold, kept, tile, count);
      target.position(offset + start).put(tile, 0, count);
    }
  }

  /**
   * Fills one row per stream with the same dropout factors by torch's integer operators, where the
   * rows lie: nothing but the keys has to come from the host.
   *
   * @param target fp32 [streams, n], on any device
   * @param keys int32 [2, streams, 1] on the same device: the low halves of the streams' keys from
   *     {@link #key}, then the high ones
   * @param scratch int32, at least twice as many elements as {@code target}, on the same device
   * @param probability in [0, 1)
   */
  public static void dropout(Tensor target, Tensor keys, Tensor scratch, double probability) {
    requireProbability(probability);
    long streams = target.size(0);
    long elements = target.size(1);
    Tensor x = scratch.narrow(0, 0, streams * elements).view(streams, elements);
    Tensor shifted =
        scratch.narrow(0, streams * elements, streams * elements).view(streams, elements);
    Tensor counter = shifted.narrow(0, 0, 1);
    torch.arange_out(counter.view(-1), new Scalar(elements));
    torch.bitwise_xor_out(x, counter, keys.select(0, 0));
    xorShifted(x, shifted, 16);
    x.mul_(new Scalar(0x7feb352d));
    xorShifted(x, shifted, 15);
    x.add_(keys.select(0, 1));
    x.mul_(new Scalar(0x846ca68b));
    xorShifted(x, shifted, 16);
    unsignedShift(shifted, x, 8);
    torch.ge_out(target, shifted, new Scalar(threshold(probability)));
    target.mul_(new Scalar(kept(probability)));
  }

  /** {@code x ^= x >>> bits}. */
  private static void xorShifted(Tensor x, Tensor shifted, int bits) {
    unsignedShift(shifted, x, bits);
    torch.bitwise_xor_out(x, x, shifted);
  }

  /** {@code result = x >>> bits}: torch has the shift that keeps the sign alone. */
  private static void unsignedShift(Tensor result, Tensor x, int bits) {
    torch.bitwise_right_shift_out(result, x, new Scalar(bits));
    torch.bitwise_and_out(result, result, new Scalar((1 << (32 - bits)) - 1));
  }

  private static void requireProbability(double probability) {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException("Dropout " + probability + " is outside [0, 1)");
    }
  }

  private static float kept(double probability) {
    return (float) (1 / (1 - probability));
  }

  private static int threshold(double probability) {
    return (int) Math.round(probability * (1 << 24));
  }

  private static void dropoutTile(
      int[] counter,
      int base,
      int low,
      int high,
      int threshold,
      int kept,
      int[] target,
      int count) {
    for (int i = 0; i < count; i++) {
      int x = (counter[i] + base) ^ low;
      x ^= x >>> 16;
      x *= 0x7feb352d;
      x ^= x >>> 15;
      x += high;
      x *= 0x846ca68b;
      x ^= x >>> 16;
      // All ones where the draw is below the threshold; a comparison would not vectorise.
      int dropped = ((x >>> 8) - threshold) >> 31;
      target[i] = kept & ~dropped;
    }
  }

  private static void uniformTile(
      int[] counter, int base, int low, int high, float[] target, int offset, int count) {
    for (int i = 0; i < count; i++) {
      int x = (counter[i] + base) ^ low;
      x ^= x >>> 16;
      x *= 0x7feb352d;
      x ^= x >>> 15;
      x += high;
      x *= 0x846ca68b;
      x ^= x >>> 16;
      target[offset + i] = (x >>> 8) * UNIT;
    }
  }

  /** The finaliser of splitmix64. */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private static int[] counter() {
    return IntStream.range(0, TILE).toArray();
  }
}
