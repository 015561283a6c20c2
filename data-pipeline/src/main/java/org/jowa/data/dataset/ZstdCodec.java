package org.jowa.data.dataset;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.util.Native;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.compression.AbstractCompressionCodec;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil;
import org.jowa.natives.NativeFailure;

/**
 * ZSTD for the buffers of Arrow files, in Arrow's format and with the same bytes as Arrow's own
 * codec, which makes a new context for each buffer. A record batch has nine small buffers beside
 * the frames, and making their contexts takes as long as the frames take. For one thread.
 */
public final class ZstdCodec extends AbstractCompressionCodec
    implements CompressionCodec.Factory, AutoCloseable {
  static final int LEVEL = 3;

  private final ZstdCompressCtx compressing;
  private final ZstdDecompressCtx decompressing;

  /**
   * @throws InvalidInputException if the native library can't be loaded
   */
  public ZstdCodec() {
    try {
      Native.load();
    } catch (LinkageError e) {
      throw NativeFailure.of(
          "the ZSTD library",
          e,
          "choose another folder for temporary files with TMPDIR=DIR (bin/jowa) or"
              + " -Djava.io.tmpdir=DIR",
          Path.of(System.getProperty("java.io.tmpdir")));
    }
    compressing = new ZstdCompressCtx();
    decompressing = new ZstdDecompressCtx();
    compressing.setLevel(LEVEL);
  }

  @Override
  protected ArrowBuf doCompress(BufferAllocator allocator, ArrowBuf raw) {
    int rawBytes = Math.toIntExact(raw.writerIndex());
    int most = Math.toIntExact(Zstd.compressBound(rawBytes));
    return filled(
        allocator,
        CompressionUtil.SIZE_OF_UNCOMPRESSED_LENGTH,
        most,
        (into, at) ->
            compressing.compressDirectByteBuffer(
                into, at, most, raw.nioBuffer(0, rawBytes), 0, rawBytes));
  }

  @Override
  protected ArrowBuf doDecompress(BufferAllocator allocator, ArrowBuf packed) {
    int from = (int) CompressionUtil.SIZE_OF_UNCOMPRESSED_LENGTH;
    int packedBytes = Math.toIntExact(packed.writerIndex()) - from;
    int rawBytes = Math.toIntExact(readUncompressedLength(packed));
    ArrowBuf raw =
        filled(
            allocator,
            0,
            rawBytes,
            (into, at) ->
                decompressing.decompressDirectByteBuffer(
                    into, at, rawBytes, packed.nioBuffer(from, packedBytes), 0, packedBytes));
    if (raw.writerIndex() != rawBytes) {
      long found = raw.writerIndex();
      raw.close();
      throw new IllegalStateException(
          String.format(Locale.ROOT, "a ZSTD buffer holds %d bytes, expected %d", found, rawBytes));
    }
    return raw;
  }

  /** Writes into a buffer from a position on, and returns how many bytes. */
  private interface Filling {
    int fill(ByteBuffer into, int at);
  }

  /** A new buffer of room for {@code most} bytes after its first {@code skipped} ones, filled. */
  private static ArrowBuf filled(BufferAllocator allocator, long skipped, int most, Filling work) {
    ArrowBuf buffer = allocator.buffer(skipped + most);
    try {
      int start = (int) skipped;
      int bytes = work.fill(buffer.nioBuffer(0, start + most), start);
      buffer.writerIndex(skipped + bytes);
      return buffer;
    } catch (RuntimeException e) {
      buffer.close();
      throw e;
    }
  }

  @Override
  public CompressionUtil.CodecType getCodecType() {
    return CompressionUtil.CodecType.ZSTD;
  }

  /** For any codec but ZSTD Arrow's own. */
  @Override
  public CompressionCodec createCodec(CompressionUtil.CodecType type) {
    return type == CompressionUtil.CodecType.ZSTD
        ? this
        : CommonsCompressionFactory.INSTANCE.createCodec(type);
  }

  @Override
  public CompressionCodec createCodec(CompressionUtil.CodecType type, int level) {
    return createCodec(type);
  }

  @Override
  public void close() {
    compressing.close();
    decompressing.close();
  }
}
