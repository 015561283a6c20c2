package org.jowa.data.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZstdCodecTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16, 128, 512, 5_000, 128 * 84 * 84})
  void writesArrowsBytesAndReadsThem(int size) {
    try (BufferAllocator allocator = Arrow.allocator("test");
        ZstdCodec codec = new ZstdCodec()) {
      CompressionCodec arrows = CommonsCompressionFactory.INSTANCE.createCodec(CodecType.ZSTD, 3);
      byte[] raw = frames(size);
      // Twice, since the contexts are used again.
      for (int time = 0; time < 2; time++) {
        byte[] packed = bytes(codec.compress(allocator, buffer(allocator, raw)));
        assertThat(packed).isEqualTo(bytes(arrows.compress(allocator, buffer(allocator, raw))));
        assertThat(bytes(codec.decompress(allocator, buffer(allocator, packed)))).isEqualTo(raw);
        assertThat(bytes(arrows.decompress(allocator, buffer(allocator, packed)))).isEqualTo(raw);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 8, 9, 40})
  void damageIsAnErrorThatLeaksNothing(int at) {
    try (BufferAllocator allocator = Arrow.allocator("test");
        ZstdCodec codec = new ZstdCodec()) {
      byte[] raw = frames(5_000);
      byte[] packed = bytes(codec.compress(allocator, buffer(allocator, raw)));
      packed[at] ^= 0x55;
      ArrowBuf damaged = buffer(allocator, packed);
      try {
        // A flipped bit of content may go unnoticed here; a shard has its SHA-256.
        ArrowBuf read = codec.decompress(allocator, damaged);
        assertThat(read.writerIndex()).isEqualTo(raw.length);
        read.close();
      } catch (RuntimeException e) {
        damaged.close();
      }
      // A context goes on after an error.
      byte[] again = bytes(codec.compress(allocator, buffer(allocator, raw)));
      assertThat(bytes(codec.decompress(allocator, buffer(allocator, again)))).isEqualTo(raw);
      byte[] cut = java.util.Arrays.copyOf(again, again.length / 2);
      ArrowBuf half = buffer(allocator, cut);
      assertThatThrownBy(() -> codec.decompress(allocator, half))
          .isInstanceOf(RuntimeException.class);
      half.close();
    }
  }

  /** Some of it repeats, some doesn't. */
  private static byte[] frames(int size) {
    byte[] bytes = new byte[size];
    Random random = new Random(5);
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (i % 100 < 90 ? i / 50 : random.nextInt());
    }
    return bytes;
  }

  private static ArrowBuf buffer(BufferAllocator allocator, byte[] bytes) {
    ArrowBuf buffer = allocator.buffer(bytes.length);
    buffer.writeBytes(bytes);
    return buffer;
  }

  private static byte[] bytes(ArrowBuf buffer) {
    byte[] bytes = new byte[(int) buffer.writerIndex()];
    buffer.getBytes(0, bytes);
    buffer.close();
    return bytes;
  }
}
