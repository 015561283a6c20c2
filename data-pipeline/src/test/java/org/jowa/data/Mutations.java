package org.jowa.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jowa.error.InvalidInputException;

/**
 * Feeds a reader with bytes that are nearly right. The mutants of a seed are always the same; how
 * many are tried depends on the time that is allowed.
 */
public final class Mutations {
  private static final List<Long> NUMBERS =
      List.of(
          0L,
          1L,
          -1L,
          127L,
          255L,
          65_536L,
          (long) Integer.MAX_VALUE,
          (long) Integer.MIN_VALUE,
          Long.MAX_VALUE,
          Long.MIN_VALUE);

  /** So that a fast machine tries no others than a slow one with time. */
  public static final int MOST = 2_000;

  private final Random random;

  private Mutations(long seed) {
    this.random = new Random(seed);
  }

  /** A reader. */
  public interface Reader {
    /** Reads all that there is. */
    void read(byte[] bytes) throws Exception;
  }

  /**
   * Every mutant is read or refused by one line; nothing else is thrown.
   *
   * @param originals right ones, of which one after the other is altered
   */
  public static void readAll(List<byte[]> originals, Duration time, Reader reader) {
    long end = System.nanoTime() + time.toNanos();
    for (long seed = 0; seed < MOST && System.nanoTime() < end; seed++) {
      byte[] original = originals.get((int) (seed % originals.size()));
      byte[] mutant = new Mutations(seed).mutant(original);
      check(mutant, reader, "mutant " + seed);
    }
  }

  /** As {@link #readAll} for one input. */
  public static void check(byte[] input, Reader reader, String name) {
    try {
      reader.read(input);
    } catch (InvalidInputException e) {
      assertThat(e.getMessage()).as(name).hasLineCount(1);
    } catch (Exception | Error e) {
      String hex = HexFormat.of().formatHex(input, 0, Math.min(input.length, 4096));
      throw new AssertionError("%s: %s, of %s".formatted(name, e, hex), e);
    }
  }

  private byte[] mutant(byte[] original) {
    byte[] mutant = original.clone();
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes && mutant.length > 0; i++) {
      mutant = change(mutant);
    }
    return mutant;
  }

  private byte[] change(byte[] bytes) {
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(8)) {
      case 0:
        return Arrays.copyOf(bytes, at);
      case 1:
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        return bytes;
      case 2:
        bytes[at] = (byte) random.nextInt(256);
        return bytes;
      case 3:
        return spliced(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(16)), at);
      case 4:
        return spliced(bytes, at, at, random.nextInt(bytes.length));
      case 5:
        return number(bytes, at, Integer.BYTES);
      case 6:
        return number(bytes, at, Long.BYTES);
      default:
        Arrays.fill(
            bytes,
            at,
            Math.min(bytes.length, at + random.nextInt(64)),
            (byte) (random.nextBoolean() ? 0 : random.nextInt(256)));
        return bytes;
    }
  }

  /** Leaves out {@code [from, to)} and puts some bytes from another place there. */
  private byte[] spliced(byte[] bytes, int from, int to, int source) {
    int count = source == from ? 0 : Math.min(bytes.length - source, random.nextInt(32));
    byte[] result = new byte[bytes.length - (to - from) + count];
    System.arraycopy(bytes, 0, result, 0, from);
    System.arraycopy(bytes, source, result, from, count);
    System.arraycopy(bytes, to, result, from + count, bytes.length - to);
    return result;
  }

  private byte[] number(byte[] bytes, int at, int size) {
    if (at + size > bytes.length) {
      return bytes;
    }
    long value = NUMBERS.get(random.nextInt(NUMBERS.size())) + random.nextInt(3) - 1;
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (size == Integer.BYTES) {
      buffer.putInt(at, (int) value);
    } else {
      buffer.putLong(at, value);
    }
    return bytes;
  }
}
