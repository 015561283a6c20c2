package org.jowa.data.sample;

/** Mixing of 64-bit keys: a counter-based generator with no state. */
public final class KeyedHash {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private KeyedHash() {}

  /** A bijection of 64-bit words that scatters every input bit (variant 13 of David Stafford). */
  public static long mix(long word) {
    long z = word + GOLDEN;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** The key that follows from {@code key} and one more part, for instance a lane or an epoch. */
  public static long derive(long key, long part) {
    return mix(mix(key) ^ (part * GOLDEN));
  }

  /** A number in {@code [0, bound)} from the bits of {@code hash}, without division. */
  public static long bounded(long hash, long bound) {
    // The upper 63 bits, so that the product's high word never goes negative.
    return Math.multiplyHigh(hash >>> 1, bound << 1);
  }
}
