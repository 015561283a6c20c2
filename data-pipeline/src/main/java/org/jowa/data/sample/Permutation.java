package org.jowa.data.sample;

/**
 * A keyed pseudo-random permutation of {@code 0 .. size-1}, computed index by index in constant
 * memory: the swap-or-not shuffle of Hoang, Morris and Rogaway (2012), which works for any size and
 * stays close to uniform for tiny ones too.
 */
public final class Permutation {
  private Permutation() {}

  /**
   * Where the permutation of {@code size} elements under {@code key} sends {@code index}.
   *
   * @throws IndexOutOfBoundsException when the index isn't in {@code [0, size)}
   */
  public static long apply(long key, long size, long index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException("Index " + index + " of a permutation of " + size);
    }
    int rounds = 24 + 4 * (64 - Long.numberOfLeadingZeros(size));
    long x = index;
    for (int round = 0; round < rounds; round++) {
      long roundKey = KeyedHash.derive(key, round);
      long partner = KeyedHash.bounded(roundKey, size) - x;
      if (partner < 0) {
        partner += size;
      }
      // Both members of a pair look at the same bit, so the round swaps the pair or leaves it.
      long bit = KeyedHash.mix(roundKey ^ Math.max(x, partner)) & 1;
      if (bit == 1) {
        x = partner;
      }
    }
    return x;
  }
}
