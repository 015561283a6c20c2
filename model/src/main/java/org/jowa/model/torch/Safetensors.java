package org.jowa.model.torch;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jowa.error.InvalidInputException;

/**
 * A safetensors file: named tensors and nothing that could be executed.
 *
 * <p>Reading goes through a stream (a local file, HDFS, an object store) straight into the tensors'
 * memory. The header is checked as a whole first: its length, UTF-8, JSON, types, and that the
 * tensors cover the data without holes or overlaps. Writing gives the same bytes for the same
 * tensors.
 *
 * <p>The tensors live until this object is closed.
 */
public final class Safetensors implements AutoCloseable {
  private static final int CHUNK = 1 << 20;

  private final String source;
  private final Map<String, Tensor> tensors;
  private final Map<String, String> metadata;

  private Safetensors(String source, Map<String, Tensor> tensors, Map<String, String> metadata) {
    this.source = source;
    this.tensors = Collections.unmodifiableMap(tensors);
    this.metadata = Collections.unmodifiableMap(metadata);
  }

  /**
   * Reads a local file.
   *
   * @throws InvalidInputException if it isn't there or is malformed
   */
  public static Safetensors read(Path file) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), CHUNK)) {
      return read(in, Files.size(file), file.toString());
    } catch (NoSuchFileException e) {
      throw new InvalidInputException(
          "No file " + file + ": give the path of a .safetensors file", e);
    } catch (IOException e) {
      throw new InvalidInputException("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads a stream.
   *
   * @param length of the whole file in bytes
   * @param source what to call it in an error
   * @throws InvalidInputException if the content is malformed or ends early
   */
  public static Safetensors read(InputStream in, long length, String source) throws IOException {
    if (length < 8) {
      throw SafetensorsHeader.malformed(source, "it has %s bytes, a header needs 8", length);
    }
    long headerBytes =
        ByteBuffer.wrap(readFully(in, 8, source)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (headerBytes < 2 || headerBytes > length - 8) {
      throw SafetensorsHeader.malformed(
          source, "its header length is %s in a file of %s bytes", headerBytes, length);
    }
    if (headerBytes > SafetensorsHeader.MAX_BYTES) {
      throw SafetensorsHeader.malformed(
          source, "its header length %s is over %s", headerBytes, SafetensorsHeader.MAX_BYTES);
    }
    SafetensorsHeader header =
        SafetensorsHeader.parse(
            readFully(in, (int) headerBytes, source), length - 8 - headerBytes, source);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try {
      for (SafetensorsHeader.Entry entry : header.entries()) {
        tensors.put(entry.name(), readTensor(in, entry, source));
      }
    } catch (IOException | RuntimeException e) {
      tensors.values().forEach(Tensors::release);
      throw e;
    }
    return new Safetensors(source, tensors, header.metadata());
  }

  /** Writes to a local file; the same tensors give the same bytes. */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), CHUNK)) {
      write(out, tensors, metadata);
    }
  }

  /**
   * Writes to a stream, which stays open.
   *
   * @param tensors in the order in which they are to be stored
   * @param metadata free text, stored sorted by key
   */
  public static void write(
      OutputStream out, Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    List<SafetensorsHeader.Entry> entries = SafetensorsHeader.layOut(tensors);
    byte[] header = SafetensorsHeader.format(entries, metadata);
    out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array());
    out.write(header);
    for (Tensor tensor : tensors.values()) {
      Tensors.drain(tensor, out);
    }
  }

  /** Where it was read from. */
  public String source() {
    return source;
  }

  /** All tensors by name, in the order of the file. */
  public Map<String, Tensor> tensors() {
    return tensors;
  }

  /** Free text of the file. */
  public Map<String, String> metadata() {
    return metadata;
  }

  public boolean contains(String name) {
    return tensors.containsKey(name);
  }

  /**
   * One tensor; it lives until this object is closed.
   *
   * @throws InvalidInputException if the file has none of that name
   */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new InvalidInputException(
          "%s has no tensor %s: it was made by another version or with other settings, so train anew or use another file"
              .formatted(source, name));
    }
    return tensor;
  }

  @Override
  public void close() {
    tensors.values().forEach(Tensors::release);
  }

  private static Tensor readTensor(InputStream in, SafetensorsHeader.Entry entry, String source)
      throws IOException {
    try (StepScope scope = StepScope.inference()) {
      Tensor tensor = Tensors.empty(entry.type().scalarType, entry.shape());
      if (!Tensors.fill(tensor, in)) {
        throw endsEarly(source);
      }
      return Tensors.keep(tensor);
    }
  }

  private static byte[] readFully(InputStream in, int count, String source) throws IOException {
    byte[] bytes = new byte[count];
    if (in.readNBytes(bytes, 0, count) < count) {
      throw endsEarly(source);
    }
    return bytes;
  }

  private static InvalidInputException endsEarly(String source) {
    return new InvalidInputException(
        "Cannot read tensors from " + source + ": it ends early; copy it again",
        new EOFException());
  }
}
