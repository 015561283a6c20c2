package org.jowa.env.ale;

/**
 * The 32-bit Mersenne Twister (MT19937; Matsumoto and Nishimura, 1998), the generator from which
 * the emulator draws its sticky actions. It is here a second time because the emulator's own copy
 * can't be read, see {@link Emulator}.
 */
final class MersenneTwister {
  private static final int SIZE = 624;
  private static final int SHIFT = 397;

  private final int[] state = new int[SIZE];
  private int next = SIZE;

  MersenneTwister(int seed) {
    state[0] = seed;
    for (int i = 1; i < SIZE; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  private MersenneTwister(MersenneTwister other) {
    copyFrom(other);
  }

  MersenneTwister copy() {
    return new MersenneTwister(this);
  }

  void copyFrom(MersenneTwister other) {
    System.arraycopy(other.state, 0, state, 0, SIZE);
    next = other.next;
  }

  /** Uniform in [0, 1), with 32 random bits. */
  double nextDouble() {
    return Integer.toUnsignedLong(nextInt()) * 0x1p-32;
  }

  int nextInt() {
    if (next == SIZE) {
      refill();
    }
    int y = state[next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  private void refill() {
    for (int i = 0; i < SIZE; i++) {
      int y = (state[i] & 0x80000000) | (state[(i + 1) % SIZE] & 0x7fffffff);
      int twist = (y & 1) == 0 ? 0 : 0x9908b0df;
      state[i] = state[(i + SHIFT) % SIZE] ^ (y >>> 1) ^ twist;
    }
    next = 0;
  }
}
