package org.jowa.data.cache;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Memory-mapped files of one reader. At most so many bytes are mapped at a time; the file that was
 * read longest ago is unmapped first, and mapped again when it is asked for. So the resident memory
 * of a reader has a bound that doesn't depend on how large its files are together, which matters
 * where a cluster manager counts mapped pages as the process's own (YARN does).
 *
 * <p>For one thread: unmapping under a reader's feet would crash the JVM.
 */
public final class MappedFiles implements AutoCloseable {
  /** What a loader maps unless told otherwise. */
  public static final long DEFAULT_BYTES = 1L << 30;

  private static final MethodHandle UNMAP = unmap();

  private final long limit;
  private final List<File> mapped = new ArrayList<>();
  private long bytes;
  private long clock;

  private MappedFiles(long limit) {
    this.limit = limit;
  }

  /**
   * @param limit bytes mapped at a time; one file is mapped even if it is larger
   */
  public static MappedFiles within(long limit) {
    return new MappedFiles(limit);
  }

  /** A file, which is mapped when it is read. */
  public File file(Path path) {
    return new File(path);
  }

  /** Bytes that are mapped now. */
  public long mappedBytes() {
    return bytes;
  }

  /** Unmaps all files; each is mapped again if it is read. */
  @Override
  public void close() {
    for (File file : mapped) {
      unmap(file);
    }
    mapped.clear();
    bytes = 0;
  }

  private ByteBuffer map(File file) {
    try (FileChannel channel = FileChannel.open(file.path)) {
      long size = channel.size();
      while (!mapped.isEmpty() && bytes + size > limit) {
        drop(longestAgo());
      }
      ByteBuffer buffer =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, size).order(ByteOrder.LITTLE_ENDIAN);
      file.buffer = buffer;
      bytes += size;
      mapped.add(file);
      return buffer;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private File longestAgo() {
    File oldest = mapped.get(0);
    for (int i = 1; i < mapped.size(); i++) {
      if (mapped.get(i).lastRead < oldest.lastRead) {
        oldest = mapped.get(i);
      }
    }
    return oldest;
  }

  private void drop(File file) {
    mapped.remove(file);
    bytes -= unmap(file);
  }

  /** Gives the bytes that were mapped. */
  private static int unmap(File file) {
    ByteBuffer buffer = file.buffer;
    if (buffer == null) {
      return 0;
    }
    file.buffer = null;
    int size = buffer.capacity();
    try {
      UNMAP.invokeExact(buffer);
      return size;
    } catch (Throwable e) {
      throw new IllegalStateException("Can't unmap " + file.path, e);
    }
  }

  /** Java 17 has no public way to unmap a file before the garbage collector does. */
  private static MethodHandle unmap() {
    try {
      Class<?> type = Class.forName("sun.misc.Unsafe");
      Field field = type.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return MethodHandles.lookup()
          .findVirtual(type, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
          .bindTo(field.get(null));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** One of the files. */
  public final class File {
    private final Path path;
    private @Nullable ByteBuffer buffer;
    private long lastRead;

    private File(Path path) {
      this.path = path;
    }

    /**
     * The whole file, little-endian; read it by absolute index, before the next call of this method
     * on any file of the same reader.
     */
    public ByteBuffer bytes() {
      ByteBuffer whole = buffer == null ? map(this) : buffer;
      lastRead = ++clock;
      return whole;
    }
  }
}
