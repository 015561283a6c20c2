package org.jowa.model.torch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;

/** The header of a safetensors file: checked completely before any tensor is read. */
record SafetensorsHeader(List<Entry> entries, Map<String, String> metadata) {
  /** As in the format's own library. */
  static final long MAX_BYTES = 100_000_000;

  private static final String METADATA = "__metadata__";
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /**
   * One tensor's place.
   *
   * @param begin first byte, counted from the end of the header
   * @param end byte after the last
   */
  record Entry(String name, Type type, long[] shape, long begin, long end) {}

  /** Element types that are read and written. */
  enum Type {
    F32(ScalarType.Float, 4),
    F64(ScalarType.Double, 8),
    I64(ScalarType.Long, 8),
    I32(ScalarType.Int, 4),
    U8(ScalarType.Byte, 1),
    BOOL(ScalarType.Bool, 1);

    final ScalarType scalarType;
    final int bytes;

    Type(ScalarType scalarType, int bytes) {
      this.scalarType = scalarType;
      this.bytes = bytes;
    }

    static Type of(ScalarType scalarType) {
      for (Type type : values()) {
        if (type.scalarType == scalarType.intern()) {
          return type;
        }
      }
      throw new IllegalArgumentException("No tensor file holds elements of type " + scalarType);
    }
  }

  /**
   * Parses and checks a header.
   *
   * @param bytes the header without its length
   * @param dataBytes bytes after the header
   * @param source file, for errors
   * @throws InvalidInputException if any part of it is malformed
   */
  static SafetensorsHeader parse(byte[] bytes, long dataBytes, String source) {
    JsonNode root = json(bytes, source);
    Map<String, String> metadata = new TreeMap<>();
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (field.getKey().equals(METADATA)) {
        for (Map.Entry<String, JsonNode> item : field.getValue().properties()) {
          metadata.put(item.getKey(), item.getValue().asText());
        }
      } else {
        entries.add(entry(field.getKey(), field.getValue(), source));
      }
    }
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    checkCover(entries, dataBytes, source);
    return new SafetensorsHeader(entries, metadata);
  }

  /** The header of tensors that are laid out in the order given, padded to 8 bytes. */
  static byte[] format(List<Entry> entries, Map<String, String> metadata) {
    ObjectNode root = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode node = root.putObject(METADATA);
      new TreeMap<>(metadata).forEach(node::put);
    }
    for (Entry entry : entries) {
      ObjectNode node = root.putObject(entry.name);
      node.put("dtype", entry.type.name());
      var shape = node.putArray("shape");
      for (long size : entry.shape) {
        shape.add(size);
      }
      node.putArray("data_offsets").add(entry.begin).add(entry.end);
    }
    byte[] text = root.toString().getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(text, (text.length + 7) / 8 * 8);
    Arrays.fill(padded, text.length, padded.length, (byte) ' ');
    return padded;
  }

  static InvalidInputException malformed(String source, String problem, Object... values) {
    return new InvalidInputException(
        "Cannot read tensors from "
            + source
            + ": "
            + String.format(problem, values)
            + "; the file is damaged or not a safetensors file, make or copy it again");
  }

  private static JsonNode json(byte[] bytes, String source) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw malformed(source, "the header is not UTF-8");
    }
    JsonNode root;
    try {
      root = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw malformed(source, "the header is not JSON (%s)", oneLine(e.getOriginalMessage()));
    }
    if (!root.isObject()) {
      throw malformed(source, "the header is not a JSON object");
    }
    return root;
  }

  private static String oneLine(String message) {
    return message.lines().findFirst().orElse("");
  }

  private static Entry entry(String name, JsonNode node, String source) {
    Type type = type(name, node.path("dtype").asText(), source);
    JsonNode sizes = node.path("shape");
    JsonNode offsets = node.path("data_offsets");
    if (!sizes.isArray() || !offsets.isArray() || offsets.size() != 2) {
      throw malformed(source, "tensor %s lacks dtype, shape or data_offsets", name);
    }
    long[] shape = new long[sizes.size()];
    long bytes = type.bytes;
    for (int i = 0; i < shape.length; i++) {
      shape[i] = whole(sizes.get(i), name, source);
      try {
        bytes = Math.multiplyExact(bytes, shape[i]);
      } catch (ArithmeticException e) {
        throw malformed(source, "tensor %s has the impossible shape %s", name, sizes);
      }
    }
    long begin = whole(offsets.get(0), name, source);
    long end = whole(offsets.get(1), name, source);
    if (end < begin || end - begin != bytes) {
      throw malformed(
          source,
          "tensor %s of type %s and shape %s needs %s bytes, its range is %s",
          name,
          type,
          sizes,
          bytes,
          offsets);
    }
    return new Entry(name, type, shape, begin, end);
  }

  private static Type type(String name, String dtype, String source) {
    for (Type type : Type.values()) {
      if (type.name().equals(dtype)) {
        return type;
      }
    }
    throw malformed(
        source,
        "tensor %s has element type '%s', expected one of %s",
        name,
        dtype,
        List.of(Type.values()));
  }

  private static long whole(JsonNode node, String name, String source) {
    if (!node.isIntegralNumber() || !node.canConvertToLong() || node.asLong() < 0) {
      throw malformed(source, "tensor %s has a size or offset of %s", name, node);
    }
    return node.asLong();
  }

  private static void checkCover(List<Entry> entries, long dataBytes, String source) {
    long end = 0;
    for (Entry entry : entries) {
      if (entry.begin < end) {
        throw malformed(source, "tensor %s overlaps another tensor", entry.name);
      }
      if (entry.begin > end) {
        throw malformed(
            source, "there is a hole of %s bytes before tensor %s", entry.begin - end, entry.name);
      }
      if (entry.end > dataBytes) {
        throw malformed(
            source,
            "tensor %s ends at byte %s of the data, but there are %s",
            entry.name,
            entry.end,
            dataBytes);
      }
      end = entry.end;
    }
    if (end != dataBytes) {
      throw malformed(source, "%s bytes after the last tensor belong to none", dataBytes - end);
    }
  }

  /** Lays tensors out one after the other in the order given. */
  static List<Entry> layOut(Map<String, Tensor> tensors) {
    List<Entry> entries = new ArrayList<>();
    long end = 0;
    for (var tensor : tensors.entrySet()) {
      Type type = Type.of(tensor.getValue().scalar_type());
      long bytes = tensor.getValue().numel() * type.bytes;
      entries.add(new Entry(tensor.getKey(), type, tensor.getValue().shape(), end, end + bytes));
      end += bytes;
    }
    return entries;
  }
}
