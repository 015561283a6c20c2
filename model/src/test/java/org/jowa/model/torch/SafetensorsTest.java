package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {
  private static final String TWO_FLOATS =
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";

  @Test
  void tensorsOfEveryTypeComeBackAsTheyWere() throws IOException {
    try (StepScope scope = StepScope.inference()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("floats", Tensors.of(new float[] {1.5f, -2, 3, 4, 5, 6}, 2, 3));
      tensors.put("bytes", Tensors.of(new byte[] {1, -1, 7}, 3));
      tensors.put("longs", Tensors.of(new long[] {Long.MIN_VALUE, 5}, 2));
      tensors.put("scalar", Tensors.of(new int[] {42}));
      tensors.put("empty", Tensors.of(new float[0], 0, 4));
      tensors.put("double", Tensors.of(new double[] {Math.PI}, 1));
      tensors.put("flags", Tensors.of(new byte[] {1, 0}, 2).to(ScalarType.Bool));
      byte[] bytes = bytes(tensors, Map.of("step", "3"));
      assertThat(bytes(tensors, Map.of("step", "3"))).isEqualTo(bytes);
      try (Safetensors read = read(bytes)) {
        assertThat(read.metadata()).containsEntry("step", "3");
        assertThat(read.tensors().keySet()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
        assertThat(read.tensor("floats").shape()).containsExactly(2, 3);
        assertThat(Tensors.floats(read.tensor("floats"))).containsExactly(1.5f, -2, 3, 4, 5, 6);
        assertThat(Tensors.bytes8(read.tensor("bytes"))).containsExactly(1, -1, 7);
        assertThat(Tensors.longs(read.tensor("longs"))).containsExactly(Long.MIN_VALUE, 5);
        assertThat(read.tensor("scalar").item_int()).isEqualTo(42);
        assertThat(read.tensor("empty").shape()).containsExactly(0, 4);
        assertThat(Tensors.doubles(read.tensor("double"))).containsExactly(Math.PI);
        assertThat(read.tensor("flags").data_ptr_bool().get(0)).isTrue();
        assertThat(bytes(read.tensors(), read.metadata())).isEqualTo(bytes);
      }
    }
  }

  @Test
  void theReferencesWeightsAreRead() {
    Path golden = Path.of(System.getProperty("jowa.project"), "integration-tests", "golden");
    try (Safetensors file = Safetensors.read(golden.resolve("tokenizer.safetensors"))) {
      assertThat(file.tensor("embedding.weight").shape()).containsExactly(128, 64);
      assertThat(file.tensors().values().stream().mapToLong(Tensor::numel).sum())
          .isEqualTo(527_105);
    }
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        Arguments.of("header length 0", file(0, new byte[0], 0), "header length is 0"),
        Arguments.of("longer than the file", file(1000, utf8("{}"), 0), "header length is 1000"),
        Arguments.of("negative", file(-5, utf8("{}"), 0), "header length is -5"),
        Arguments.of("not UTF-8", file(2, new byte[] {'{', (byte) 0xff}, 0), "not UTF-8"),
        Arguments.of("not JSON", file("{\"a\": "), "not JSON"),
        Arguments.of("not an object", file("[1,2]"), "not a JSON object"),
        Arguments.of("trailing", file("{} {}"), "not JSON"),
        Arguments.of(
            "twice",
            file(
                8,
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                    + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"),
            "not JSON"),
        Arguments.of(
            "overlap",
            file(
                12,
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                    + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}"),
            "tensor b overlaps"),
        Arguments.of(
            "hole",
            file(12, "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}"),
            "hole of 4 bytes before tensor a"),
        Arguments.of("rest", file(9, TWO_FLOATS), "1 bytes after the last tensor"),
        Arguments.of("past the end", file(7, TWO_FLOATS), "ends at byte 8"),
        Arguments.of(
            "range and shape",
            file(8, "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}"),
            "needs 12 bytes"),
        Arguments.of(
            "overflowing shape",
            file(
                8,
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,2],"
                    + "\"data_offsets\":[0,8]}}"),
            "impossible shape"),
        Arguments.of(
            "negative size",
            file(8, "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}"),
            "size or offset of -2"),
        Arguments.of(
            "type",
            file(8, "{\"a\":{\"dtype\":\"X9\",\"shape\":[2],\"data_offsets\":[0,8]}}"),
            "element type 'X9'"),
        Arguments.of("no fields", file(8, "{\"a\":{\"dtype\":\"F32\"}}"), "lacks"),
        Arguments.of("short file", new byte[3], "has 3 bytes"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void aMalformedFileIsRefusedInOneLine(String name, byte[] file, String reason) {
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("memory")
        .hasMessageContaining(reason)
        .extracting(Throwable::getMessage)
        .asString()
        .doesNotContain("\n");
  }

  @Test
  void aHeaderOverTheCapIsRefusedBeforeItIsRead() {
    byte[] start =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(100_000_001).array();
    assertThatThrownBy(() -> Safetensors.read(new ByteArrayInputStream(start), 1L << 40, "memory"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("100000001 is over 100000000");
  }

  @Test
  void aStreamThatEndsEarlyIsRefused() {
    byte[] whole = file(8, TWO_FLOATS);
    assertThatThrownBy(
            () ->
                Safetensors.read(
                    new ByteArrayInputStream(whole, 0, whole.length - 3), whole.length, "memory"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("ends early");
  }

  @Test
  void aMissingFileIsReported() {
    assertThatThrownBy(() -> Safetensors.read(Path.of("/nowhere/x.safetensors")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("No file /nowhere/x.safetensors");
  }

  private static Safetensors read(byte[] bytes) throws IOException {
    return Safetensors.read(new ByteArrayInputStream(bytes), bytes.length, "memory");
  }

  private static byte[] bytes(Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Safetensors.write(out, tensors, metadata);
    return out.toByteArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] file(String header) {
    return file(0, header);
  }

  private static byte[] file(int dataBytes, String header) {
    return file(utf8(header).length, utf8(header), dataBytes);
  }

  private static byte[] file(long headerLength, byte[] header, int dataBytes) {
    return ByteBuffer.allocate(8 + header.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(headerLength)
        .put(header)
        .array();
  }
}
