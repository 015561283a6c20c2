package org.jowa.data.ingest;

/**
 * The draws of NumPy's legacy {@code RandomState}: Mersenne Twister 19937 (Matsumoto and Nishimura,
 * 1998) with masked rejection. The reference samples runs and episodes with it.
 */
final class NumpyRandom {
  private static final int SIZE = 624;
  private static final int SHIFT = 397;

  private final int[] state = new int[SIZE];
  private int position = SIZE;

  /** Seeds as {@code numpy.random.seed(seed)} does; only the low 32 bits count. */
  NumpyRandom(long seed) {
    int word = (int) seed;
    for (int i = 0; i < SIZE; i++) {
      state[i] = word;
      word = 1812433253 * (word ^ (word >>> 30)) + i + 1;
    }
  }

  /** {@code numpy.random.randint(0, bound)}. */
  int below(int bound) {
    int largest = bound - 1;
    if (largest == 0) {
      return 0;
    }
    int mask = -1 >>> Integer.numberOfLeadingZeros(largest);
    int value;
    do {
      value = nextWord() & mask;
    } while (value > largest);
    return value;
  }

  /** {@code numpy.random.permutation(size)}. */
  int[] permutation(int size) {
    int[] values = new int[size];
    for (int i = 0; i < size; i++) {
      values[i] = i;
    }
    for (int i = size - 1; i > 0; i--) {
      int j = below(i + 1);
      int held = values[i];
      values[i] = values[j];
      values[j] = held;
    }
    return values;
  }

  private int nextWord() {
    if (position == SIZE) {
      twist();
    }
    int word = state[position++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return word ^ (word >>> 18);
  }

  private void twist() {
    for (int i = 0; i < SIZE; i++) {
      int word = (state[i] & 0x80000000) | (state[(i + 1) % SIZE] & 0x7fffffff);
      int twisted = (word >>> 1) ^ ((word & 1) == 0 ? 0 : 0x9908b0df);
      state[i] = state[(i + SHIFT) % SIZE] ^ twisted;
    }
    position = 0;
  }
}
