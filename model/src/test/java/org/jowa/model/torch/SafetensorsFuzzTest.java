package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.Test;

/** Nearly right files: each is read or refused by one line, within the memory of a right one. */
class SafetensorsFuzzTest {
  private static final Duration TIME = Duration.ofSeconds(3);
  private static final int HEADER_LENGTH = 8;

  @Test
  void alteredFilesAreReadOrRefused() throws IOException {
    byte[] original = original();
    long end = System.nanoTime() + TIME.toNanos();
    for (long seed = 0; System.nanoTime() < end; seed++) {
      check(mutant(original, new Random(seed)), seed);
    }
  }

  private static byte[] original() throws IOException {
    try (StepScope scope = StepScope.inference()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("floats", Tensors.of(new float[] {1.5f, -2, 3, 4, 5, 6}, 2, 3));
      tensors.put("bytes", Tensors.of(new byte[] {1, -1, 7}, 3));
      tensors.put("longs", Tensors.of(new long[] {Long.MIN_VALUE, 5}, 2));
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      Safetensors.write(out, tensors, Map.of("step", "3"));
      return out.toByteArray();
    }
  }

  private static void check(byte[] bytes, long seed) {
    try (Safetensors read =
        Safetensors.read(new ByteArrayInputStream(bytes), bytes.length, "mutant")) {
      long elements = read.tensors().values().stream().mapToLong(Tensor::numel).sum();
      assertThat(elements).as("mutant %d", seed).isLessThanOrEqualTo(bytes.length);
    } catch (InvalidInputException e) {
      assertThat(e.getMessage()).as("mutant %d", seed).hasLineCount(1);
    } catch (Exception | Error e) {
      throw new AssertionError("mutant " + seed + ": " + e, e);
    }
  }

  private static byte[] mutant(byte[] original, Random random) {
    byte[] bytes = original.clone();
    int header = (int) ByteBuffer.wrap(original).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
      // Most of what can go wrong is in the header.
      int bound = random.nextInt(4) == 0 ? bytes.length : HEADER_LENGTH + header;
      int at = random.nextInt(Math.max(1, Math.min(bound, bytes.length)));
      switch (random.nextInt(6)) {
        case 0 -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes[at] = (byte) "0123456789-,:\"[]{}eE. \n\\".charAt(random.nextInt(24));
        case 3 -> bytes[at] = (byte) random.nextInt(256);
        case 4 -> bytes = swapped(bytes, at, random);
        default -> bytes = withHeaderLength(bytes, random);
      }
    }
    return bytes;
  }

  private static byte[] swapped(byte[] bytes, int at, Random random) {
    byte[] result = bytes.clone();
    int count = Math.min(bytes.length - at, 1 + random.nextInt(12));
    System.arraycopy(bytes, random.nextInt(bytes.length - count + 1), result, at, count);
    return result;
  }

  private static byte[] withHeaderLength(byte[] bytes, Random random) {
    if (bytes.length >= HEADER_LENGTH) {
      long[] lengths = {0, 1, -1, bytes.length, Integer.MAX_VALUE, Long.MAX_VALUE, 99_999_999};
      ByteBuffer.wrap(bytes)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putLong(0, lengths[random.nextInt(lengths.length)]);
    }
    return bytes;
  }
}
