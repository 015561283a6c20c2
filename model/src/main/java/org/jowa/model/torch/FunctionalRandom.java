package org.jowa.model.torch;

import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

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
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException("Dropout " + probability + " is outside [0, 1)");
    }
    int kept = Float.floatToRawIntBits((float) (1 / (1 - probability)));
    int threshold = (int) Math.round(probability * (1 << 24));
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
    int[] counter = new int[TILE];
    for (int i = 0; i < TILE; i++) {
      counter[i] = i;
    }
    return counter;
  }
}
