package org.jowa.env;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.TreeSet;

/** The golden vectors as this module's tests need them. */
public final class Golden {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final JsonNode header;
  private final ByteBuffer data;

  private Golden(JsonNode header, ByteBuffer data) {
    this.header = header;
    this.data = data;
  }

  public static JsonNode json(String file) {
    try {
      return JSON.readTree(folder().resolve(file).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Golden tensors(String file) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(folder().resolve(file)));
      bytes.order(ByteOrder.LITTLE_ENDIAN);
      int headerLength = (int) bytes.getLong(0);
      String header = new String(bytes.array(), 8, headerLength, StandardCharsets.UTF_8);
      ByteBuffer data = bytes.slice(8 + headerLength, bytes.capacity() - 8 - headerLength);
      return new Golden(JSON.readTree(header), data.order(ByteOrder.LITTLE_ENDIAN));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What stands before the dot in the tensors' names. */
  public TreeSet<String> games() {
    TreeSet<String> games = new TreeSet<>();
    for (Iterator<String> names = header.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (name.indexOf('.') > 0) {
        games.add(name.substring(0, name.indexOf('.')));
      }
    }
    return games;
  }

  public int[] shape(String name) {
    return JSON.convertValue(header.get(name).get("shape"), int[].class);
  }

  public byte[] bytes(String name) {
    ByteBuffer slice = slice(name);
    byte[] bytes = new byte[slice.capacity()];
    slice.get(0, bytes);
    return bytes;
  }

  public long[] longs(String name) {
    long[] values = new long[slice(name).capacity() / Long.BYTES];
    slice(name).asLongBuffer().get(values);
    return values;
  }

  public float[] floats(String name) {
    float[] values = new float[slice(name).capacity() / Float.BYTES];
    slice(name).asFloatBuffer().get(values);
    return values;
  }

  private ByteBuffer slice(String name) {
    int[] offsets = JSON.convertValue(header.get(name).get("data_offsets"), int[].class);
    return data.slice(offsets[0], offsets[1] - offsets[0]).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static Path folder() {
    return Path.of(System.getProperty("jowa.project"), "integration-tests", "golden");
  }
}
